// The pages by keyboard alone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch, open } from "./browser.js";
import { Daemon } from "./daemon.js";

let browser;
let demo;

before(async () => {
  browser = await launch();
  // In a surge there are problems, so that rows are not folded away.
  demo = await Daemon.demo("--scenario=surge", "--speed=20");
});
after(async () => {
  await browser.close();
  await demo?.stop();
});

/** What has the focus, in a word or two, and whether that can be seen. */
const focused = (page) =>
  page.evaluate(() => {
    const active = document.activeElement;
    const outlined = (element) => {
      const style = getComputedStyle(element);
      return style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) > 0;
    };
    const row = active.closest("[data-channel-row], [data-target-row]");
    let what = active.name || active.id || active.textContent.trim();
    if (active.matches(".skip")) what = "skip";
    if (row) what = row.matches("[data-channel-row]") ? "channel" : "target";
    // A hidden box is drawn by its label.
    return { what, tag: active.tagName, visible: outlined(active) || (active.closest("label") && outlined(active.closest("label"))) };
  });

test("the skip link comes first and leads to the content", async () => {
  const { page, record, close } = await open(browser, `${demo.origin}/`);
  await page.keyboard.press("Tab");
  assert.equal((await focused(page)).what, "skip");
  assert.equal(await page.locator(".skip").isVisible(), true);
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id || location.hash), "main");
  await page.keyboard.press("Tab");
  assert.equal((await focused(page)).what, "status");
  record.expectClean([demo.origin]);
  await close();
});

test("the Tab key reaches the filter, every channel and every target, each with a visible focus", async () => {
  const { page, record, close } = await open(browser, `${demo.origin}/`);
  await page.locator('[data-channel-row][data-status="degraded"], [data-channel-row][data-status="down"]').first().waitFor();
  const stops = [];
  for (let count = 0; count < 120; count += 1) {
    await page.keyboard.press("Tab");
    const stop = await focused(page);
    if (stop.tag === "BODY") {
      break;
    }
    stops.push(stop);
  }
  assert.deepEqual(
    stops.filter((stop) => !stop.visible).map((stop) => `${stop.tag} ${stop.what}`),
    [],
    "focus that cannot be seen",
  );
  const words = stops.map((stop) => stop.what);
  const order = ["skip", "status", "platform", "name", "channel", "target"].map((what) => words.indexOf(what));
  assert.ok(!order.includes(-1), words.join(", "));
  assert.deepEqual(order, [...order].sort((one, other) => one - other), words.join(", "));
  record.expectClean([demo.origin]);
  await close();
});

test("the filter is operated by keyboard", async () => {
  const { page, record, close } = await open(browser, `${demo.origin}/`);
  await page.locator("input[name=status][value=degraded]").focus();
  await page.keyboard.press("Space");
  await page.waitForURL(`${demo.origin}/?status=degraded`);
  await page.locator("select[name=platform]").focus();
  await page.keyboard.type("egain");
  await page.waitForURL(`${demo.origin}/?status=degraded&platform=egain`);
  record.expectClean([demo.origin]);
  await close();
});
