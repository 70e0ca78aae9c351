// The status page of the demo on an ordinary day: what it shows, with and without scripts, and its filter.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch, open } from "./browser.js";
import { Daemon } from "./daemon.js";
import { channelRows, overflowFindings, shownRows, unfold } from "./rows.js";
import { waitFor } from "./wait.js";

let browser;
let demo;

before(async () => {
  browser = await launch();
  demo = await Daemon.demo();
});
after(async () => {
  await browser.close();
  await demo?.stop();
});

/** Every channel of the demo as `target/channel`, sorted. */
async function channels() {
  const { targets } = await demo.status();
  return targets.flatMap((target) => target.channels.map((channel) => `${target.name}/${channel.id}`)).sort();
}

const named = (rows) => rows.map((row) => `${row.target}/${row.channel}`).sort();

test("the page shows every channel and target of the demo", async () => {
  const { page, record, close } = await open(browser, `${demo.origin}/`);
  assert.match(await page.title(), /webchat_exporter$/);
  assert.match(await page.locator("h1#verdict").innerText(), /\bchannels?\b/);
  await unfold(page);
  const expected = await channels();
  assert.ok(expected.length >= 10, `the demo has ${expected.length} channels`);
  assert.deepEqual(named(await shownRows(page)), expected);
  const targets = await page.locator("[data-target-row]").evaluateAll((rows) => rows.map((row) => row.dataset.target));
  assert.deepEqual(targets.sort(), ["bank-chat", "clinic", "service-desk", "web-shop"]);
  for (const row of await page.locator("[data-target-row]").all()) {
    assert.equal(await row.locator('[data-field="polls"]').count(), 1);
    assert.notEqual((await row.locator('[data-field="last-error"]').innerText()).trim(), "");
  }
  for (const since of await page.locator('[data-channel-row] [data-field="since"] time').all()) {
    const moment = Date.parse(await since.getAttribute("datetime"));
    assert.ok(Math.abs(Date.now() - moment) < 10 * 60_000, `since ${moment}`);
  }
  await page.locator('#live[data-state="live"]').waitFor();
  record.expectClean([demo.origin]);
  await close();
});

test("links lead from every channel to the page of its target", async () => {
  const { page, record, close } = await open(browser, `${demo.origin}/`);
  await unfold(page);
  for (const target of ["service-desk", "web-shop", "bank-chat", "clinic"]) {
    const row = page.locator(`[data-channel-row][data-target="${target}"]`).first();
    await row.getByRole("link").first().click();
    await page.waitForURL(`${demo.origin}/targets/${target}`);
    assert.match(await page.title(), new RegExp(`${target}$`));
    assert.match(await page.locator("h1#verdict").innerText(), new RegExp(`^${target}`));
    const expected = (await channels()).filter((name) => name.startsWith(`${target}/`));
    assert.deepEqual(named(await channelRows(page)), expected);
    assert.ok((await page.locator("#polls [data-poll]").count()) > 0, `${target} has no polls`);
    await page.locator('#live[data-state="live"]').waitFor();
    await page.goBack();
    await unfold(page);
  }
  record.expectClean([demo.origin]);
  await close();
});

test("the policy of both pages is strict, and unknown targets are 404 with a page", async () => {
  for (const [path, status] of [
    ["/", 200],
    ["/targets/clinic", 200],
    ["/targets/none", 404],
  ]) {
    const { page, response, close } = await open(browser, `${demo.origin}${path}`);
    assert.equal(response.status(), status, path);
    const policy = response.headers()["content-security-policy"];
    assert.match(policy, /(^|; )default-src 'none'(;|$)/, path);
    assert.match(policy, /(^|; )script-src 'self'(;|$)/, path);
    assert.match(policy, /(^|; )style-src 'self'(;|$)/, path);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/, path);
    assert.notEqual(await page.locator("h1").innerText(), "", path);
    await close();
  }
});

/** What the visitor chose, as the form shows it. */
const chosen = (page) =>
  page.locator("form#filter").evaluate((form) => {
    const data = new FormData(form);
    return { platform: data.get("platform"), status: data.getAll("status"), name: data.get("name") };
  });

/** Whether exactly the rows that fit are shown; asked in one go, since statuses change. */
const fits = async (page, fit) => {
  const rows = await channelRows(page);
  return rows.some(fit) && rows.every((row) => row.hidden !== fit(row));
};

const FILTERS = [
  {
    what: "platform",
    choose: (page) => page.locator("form#filter select[name=platform]").selectOption("chime"),
    fit: (row) => row.platform === "chime",
    query: "platform=chime",
  },
  {
    what: "status",
    // The box may be drawn by its label, so the label is what is clicked.
    choose: (page) => page.locator("form#filter label:has(input[name=status][value=ok])").click(),
    fit: (row) => row.status === "ok",
    query: "status=ok",
  },
  {
    what: "name",
    choose: (page) => page.locator("form#filter input[type=search][name=name]").fill("mortg"),
    fit: (row) => row.name.includes("Mortgages"),
    query: "name=mortg",
  },
];

for (const { what, choose, fit, query } of FILTERS) {
  test(`the filter by ${what} works in place, is in the address and survives a reload`, async () => {
    const { page, record, close } = await open(browser, `${demo.origin}/`);
    await page.evaluate(() => {
      window.marker = true;
    });
    await choose(page);
    await waitFor("the filter applies", () => fits(page, fit));
    assert.equal(new URL(page.url()).search, `?${query}`);
    assert.equal(await page.evaluate(() => window.marker), true, "the page was loaded again");
    assert.match(await page.locator("#shown-text").innerText(), /^\d+ of \d+ channels fit the filter\.$/);
    const before = await chosen(page);
    await page.reload();
    await waitFor("the filter applies after a reload", () => fits(page, fit));
    assert.deepEqual(await chosen(page), before);
    await page.locator("#clear").click();
    await waitFor("everything is shown again", () => fits(page, () => true));
    assert.equal(new URL(page.url()).search, "");
    record.expectClean([demo.origin]);
    await close();
  });

  test(`the filter by ${what} works without scripts`, async () => {
    const { page, close } = await open(browser, `${demo.origin}/`, { javaScriptEnabled: false });
    await choose(page);
    await page.locator("form#filter button").click();
    await page.waitForURL((url) => url.search.includes(query));
    assert.ok(await fits(page, fit), "other rows than those that fit are shown");
    await close();
  });
}

test("filters narrow each other, and nothing fits is said", async () => {
  const { page, record, close } = await open(browser, `${demo.origin}/?platform=egain&name=sales`);
  assert.deepEqual(named(await shownRows(page)), ["bank-chat/1001"]);
  await page.locator("form#filter input[name=name]").fill("no such channel");
  await waitFor("nothing is shown", async () => (await shownRows(page)).length === 0);
  assert.match(await page.locator("#shown-text").innerText(), /^0 of \d+ channels/);
  assert.equal(await page.locator("#shown-text").isVisible(), true);
  record.expectClean([demo.origin]);
  await close();
});

test("the page is readable without scripts", async () => {
  const { page, close } = await open(browser, `${demo.origin}/`, { javaScriptEnabled: false });
  assert.equal(await page.locator("h1#verdict").isVisible(), true);
  const statuses = new Map((await channelRows(page)).map((row) => [`${row.target}/${row.channel}`, row.status]));
  assert.deepEqual([...statuses.keys()].sort(), await channels());
  await unfold(page);
  for (const row of await page.locator("[data-channel-row]").all()) {
    assert.equal(await row.isVisible(), true);
    // The style writes it with a capital letter.
    const text = (await row.innerText()).toLowerCase();
    assert.ok(text.includes(await row.getAttribute("data-status")), text);
  }
  assert.equal(await page.locator("#live").getAttribute("data-state"), "off");
  assert.match(await page.locator("#live").innerText(), /\d\d:\d\d/);
  await page.goto(`${demo.origin}/targets/web-shop`);
  assert.equal(await page.locator("h1#verdict").isVisible(), true);
  assert.ok((await page.locator("#polls [data-poll]").count()) > 0);
  await close();
});

test("nothing is wider than a narrow screen", async () => {
  for (const width of [390, 320]) {
    const { page, close } = await open(browser, `${demo.origin}/`, { viewport: { width, height: 844 } });
    await unfold(page);
    assert.deepEqual(await overflowFindings(page), []);
    await page.goto(`${demo.origin}/targets/service-desk`);
    assert.deepEqual(await overflowFindings(page), []);
    await close();
  }
});
