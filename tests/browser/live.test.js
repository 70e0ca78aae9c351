// The status page while things change: it follows without being loaded again, and says when it cannot.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { announced, watch } from "./announcements.js";
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

const statusOf = (page) => page.locator(SELECTOR).getAttribute("data-status");

/** Waits for a time without an outage: on a slow machine the first one may come before the page. */
const waitForCalm = (page) => page.locator(`${SELECTOR}:not([data-status="down"])`).waitFor({ state: "attached", timeout: 90_000 });

/** The outage of the channel, which takes its time after the page was calm. */
const waitForOutage = (page) => page.locator(`${SELECTOR}[data-status="down"]`).waitFor({ timeout: 90_000 });

/** Waits until the page announces a text; a change of very many channels may leave it among those that it only counts. */
const waitForAnnouncement = (page, what, text) =>
  waitFor(what, async () => (await announced(page)).some((said) => text.test(said) || / And \d+ more\.$/.test(said)));

test("an outage appears and goes away without a reload", async () => {
  const demo = await Daemon.demo(...OUTAGE);
  try {
    const { page, record, close } = await open(browser, `${demo.origin}/`);
    await page.locator('#live[data-state="live"]').waitFor();
    await waitForCalm(page);
    await watch(page);
    await waitForOutage(page);
    const [first, ...others] = await shownRows(page);
    assert.equal(first.status, "down");
    const row = [first, ...others].find((row) => row.target === CHANNEL.target && row.channel === CHANNEL.channel);
    assert.match(row.reason, /service behind the channel does not run/);
    assert.ok(Math.abs(Date.now() - Date.parse(row.since)) < 40_000, row.since);
    assert.equal(await page.locator("#verdict").getAttribute("data-status"), "down");
    assert.match(await page.title(), /^\d+ down/);
    await waitForAnnouncement(page, "the outage is announced", /Service Desk at service-desk is down/);
    await waitFor("the outage is over", async () => !["down", null].includes(await statusOf(page)), 90);
    await waitForAnnouncement(page, "its end is announced", /Service Desk at service-desk is (ok|degraded)/);
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
    await waitForCalm(page);
    await watch(page);
    const newest = () => page.locator("#polls [data-poll] time").first().getAttribute("datetime");
    const before = await newest();
    await waitForOutage(page);
    await waitForAnnouncement(page, "the outage is announced", /Service Desk at service-desk is down/);
    await waitFor("new polls appear", async () => (await newest()) > before);
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
    await waitForCalm(page);
    await watch(page);
    await unfold(page);
    await page.locator(`${SELECTOR} a`).first().focus();
    await waitForOutage(page);
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
