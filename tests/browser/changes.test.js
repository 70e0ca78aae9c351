// What a live page does with a change, each brought about at a vendor: where the focus goes, and what is read out.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { announced, watch } from "./announcements.js";
import { launch, open } from "./browser.js";
import { egainTarget, withVendor } from "./egain.js";
import { unfold } from "./rows.js";
import { waitFor } from "./wait.js";

const POINTS = [1001, 1002, 1003, 1004, 1005, 1006, 1007];
const FIRST = '[data-channel-row][data-channel="1001"]';

const configuration = (port) => `global: { interval: 1s }
targets:
  - name: bank
    thresholds: { after_failures: 1, after_successes: 1 }
    ${egainTarget(port, POINTS)}
`;

let browser;
let exporter;
let tab;
/** The entry points without agents: those of now, and those from a poll on. */
let deserted = { now: [], then: [], from: Infinity };
let latest = 0;

/** A poll asks for everything once, so that the newest count of questions is its number. */
function entryPoint(id, poll) {
  latest = Math.max(latest, poll);
  return { agents: !(poll < deserted.from ? deserted.now : deserted.then).includes(id), waiting: 0 };
}

/** Leaves these entry points, and no others, without agents: all from the same poll on, the next one. */
function desert(...ids) {
  deserted = { now: deserted.then, then: ids, from: latest + 1 };
}

before(async () => {
  browser = await launch();
  exporter = await withVendor(entryPoint, configuration);
});
after(async () => {
  await browser.close();
  await exporter?.stop();
});

beforeEach(async () => {
  desert();
  await waitFor("every channel is ok", async () => {
    const { targets } = await exporter.daemon.status();
    const { channels } = targets[0];
    return channels.length === POINTS.length && channels.every((channel) => channel.status === "ok");
  });
  tab = await open(browser, `${exporter.daemon.origin}/`);
  await tab.page.locator('#live[data-state="live"]').waitFor();
  await watch(tab.page);
});
afterEach(async () => {
  tab.record.expectClean([exporter.daemon.origin]);
  await tab.close();
});

/** Waits for a status of the first channel; gives what has the focus then: a channel, or the text of an element. */
async function focusedWhen(status) {
  await tab.page.locator(`${FIRST}[data-status="${status}"]`).waitFor({ state: "attached" });
  return tab.page.evaluate(() => {
    const { activeElement, body } = document;
    if (activeElement === body) return "nothing";
    return activeElement.closest("[data-channel-row]")?.dataset.channel ?? activeElement.innerText.trim();
  });
}

test("the first channel with a problem keeps the focus", async () => {
  await unfold(tab.page);
  await tab.page.locator(`${FIRST} a`).first().focus();
  assert.equal(await tab.page.locator("#problems-section").isVisible(), false);
  desert(1001);
  assert.equal(await focusedWhen("down"), "1001");
  assert.equal(await tab.page.locator("#others-fold").evaluate((fold) => fold.open), true, "the fold was closed");
  desert();
  assert.equal(await focusedWhen("ok"), "1001");
});

test("the focus of a channel that goes into the fold goes to the fold", async () => {
  desert(1001, 1002);
  await tab.page.locator(`${FIRST}[data-status="down"]`).waitFor();
  await tab.page.locator("#others-fold[open] > summary").click();
  await tab.page.locator(`${FIRST} a`).first().focus();
  desert(1002);
  assert.match(await focusedWhen("ok"), /^Channels without problems/);
});

test("the focus of a channel that no longer fits the filter goes to the link that shows all", async () => {
  await tab.page.locator("form#filter label:has(input[name=status][value=ok])").click();
  await tab.page.locator(`${FIRST} a`).first().focus();
  desert(1001);
  assert.equal(await focusedWhen("down"), "Show all");
});

test("a change of one channel is announced in full, one of many by five and a number", async () => {
  desert(1001);
  await waitFor("the one is announced", async () => (await announced(tab.page)).length > 0);
  assert.deepEqual(await announced(tab.page), ["Queue 1001 at bank is down: no agent is available."]);
  desert(...POINTS);
  await waitFor("the others are announced", async () => (await announced(tab.page)).length > 1);
  const others = [1003, 1004, 1005, 1006, 1007].map((id) => `Queue ${id} at bank is down: no agent is available`);
  assert.deepEqual((await announced(tab.page)).slice(1), [`${others.join(". ")}. And 1 more.`]);
});
