// The status page while things change: it follows without being loaded again, and says when it cannot.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch, open } from "./browser.js";
import { Daemon } from "./daemon.js";
import { channelRows, shownRows, unfold } from "./rows.js";
import { waitFor } from "./wait.js";

/** At this speed the outage lasts from the 3rd second to the 48th, and the next one starts in the 93rd. */
const OUTAGE = ["--scenario=outage", "--speed=20"];
const CHANNEL = { target: "service-desk", channel: "1" };
const SELECTOR = '[data-channel-row][data-target="service-desk"][data-channel="1"]';
/** Chromium itself reports on the console that a stream broke or could not be opened; no script can keep it from that. */
const REPORTS_OF_STREAM = [/^error: Failed to load resource: net::ERR_(CONNECTION_REFUSED|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE|CONNECTION_RESET)$/];

let browser;

before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** Marks the page, so that a load is noticed, and keeps everything that it announces. */
const watch = (page) =>
  page.evaluate(() => {
    window.announced = [];
    const announcements = document.getElementById("announcements");
    new MutationObserver(() => window.announced.push(announcements.textContent)).observe(announcements, {
      characterData: true,
      childList: true,
      subtree: true,
    });
  });

/** Everything announced since `watch`; undefined once the page was loaded again. */
const announced = (page) => page.evaluate(() => window.announced?.join("\n"));

const statusOf = (page) => page.locator(SELECTOR).getAttribute("data-status");

test("an outage appears and goes away without a reload", async () => {
  const demo = await Daemon.demo(...OUTAGE);
  try {
    const { page, record, close } = await open(browser, `${demo.origin}/`);
    await page.locator('#live[data-state="live"]').waitFor();
    await watch(page);
    assert.notEqual(await statusOf(page), "down", "the outage came before the page");
    await page.locator(`${SELECTOR}[data-status="down"]`).waitFor({ timeout: 40_000 });
    const [first, ...others] = await shownRows(page);
    assert.equal(first.status, "down");
    const row = [first, ...others].find((row) => row.target === CHANNEL.target && row.channel === CHANNEL.channel);
    assert.match(row.reason, /service behind the channel does not run/);
    assert.ok(Math.abs(Date.now() - Date.parse(row.since)) < 40_000, row.since);
    assert.equal(await page.locator("#verdict").getAttribute("data-status"), "down");
    assert.match(await page.title(), /^\d+ down/);
    await waitFor("the outage is announced", async () =>
      (await announced(page)).includes("Service Desk at service-desk is down"),
    );
    await waitFor("the outage is over", async () => !["down", null].includes(await statusOf(page)), 90);
    await waitFor("its end is announced", async () =>
      /Service Desk at service-desk is (ok|degraded)/.test(await announced(page)),
    );
    record.expectClean([demo.origin]);
    await close();
  } finally {
    await demo.stop();
  }
});

test("an outage appears on the page of its target without a reload", async () => {
  const demo = await Daemon.demo(...OUTAGE);
  try {
    const { page, record, close } = await open(browser, `${demo.origin}/targets/service-desk`);
    await page.locator('#live[data-state="live"]').waitFor();
    await watch(page);
    const polls = () => page.locator("#polls [data-poll]").count();
    const before = await polls();
    await page.locator(`${SELECTOR}[data-status="down"]`).waitFor({ timeout: 40_000 });
    await waitFor("the outage is announced", async () =>
      (await announced(page)).includes("Service Desk at service-desk is down"),
    );
    await waitFor("new polls appear", async () => (await polls()) > before);
    record.expectClean([demo.origin]);
    await close();
  } finally {
    await demo.stop();
  }
});

test("focus and what is typed survive live updates", async () => {
  const demo = await Daemon.demo(...OUTAGE);
  try {
    const { page, record, close } = await open(browser, `${demo.origin}/`);
    await page.locator('#live[data-state="live"]').waitFor();
    await watch(page);
    assert.notEqual(await statusOf(page), "down", "the outage came before the page");
    await unfold(page);
    await page.locator(`${SELECTOR} a`).first().focus();
    await page.locator(`${SELECTOR}[data-status="down"]`).waitFor({ timeout: 40_000 });
    const focused = await page.evaluate((selector) => document.activeElement.closest(selector) !== null, SELECTOR);
    assert.equal(focused, true, "the row that moved lost the focus");
    assert.equal(await page.locator("#others-fold").evaluate((fold) => fold.open), true, "the fold was closed");
    const name = page.locator("form#filter input[name=name]");
    await name.pressSequentially("service");
    await page.locator(`${SELECTOR}:not([data-status="down"])`).waitFor({ timeout: 90_000 });
    assert.equal(await name.evaluate((input) => document.activeElement === input && input.value), "service");
    const rows = await channelRows(page);
    assert.ok(rows.every((row) => row.hidden === !/service/i.test(`${row.name} ${row.target}`)), "the filter was lost");
    assert.notEqual(await announced(page), undefined, "the page was loaded again");
    record.expectClean([demo.origin]);
    await close();
  } finally {
    await demo.stop();
  }
});

test("the page says that it lost the daemon, and is live again when that is back", async () => {
  const demo = await Daemon.demo();
  try {
    for (const path of ["/?name=sales", "/targets/clinic"]) {
      const { page, record, close } = await open(browser, `${demo.origin}${path}`);
      await page.locator('#live[data-state="live"]').waitFor();
      const before = (await channelRows(page)).length;
      await demo.stop();
      await page.locator('#live[data-state="lost"]').waitFor();
      assert.match(await page.locator("#live").innerText(), /No connection: everything here is from \d\d:\d\d:\d\d UTC/);
      assert.equal((await channelRows(page)).length, before, "what was known is gone");
      demo.start();
      await demo.waitUntilReady();
      await page.locator('#live[data-state="live"]').waitFor({ timeout: 30_000 });
      assert.equal(page.url(), `${demo.origin}${path}`);
      await waitFor("the channels are back", async () => (await channelRows(page)).length === before);
      record.expectClean([demo.origin], REPORTS_OF_STREAM);
      await close();
    }
  } finally {
    await demo.stop();
  }
});
