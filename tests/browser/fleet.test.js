// Two hundred targets with twenty channels each: the status page stays usable. Its figures are printed, not judged.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch, open } from "./browser.js";
import { egainTarget, withVendor } from "./egain.js";
import { channelRows } from "./rows.js";
import { waitFor } from "./wait.js";

const TARGETS = 200;
const CHANNELS = 20;
/** Every how many entry points there is no agent, and the queue is long. */
const [DESERTED, LONG] = [50, 20];
const LIMIT_SECONDS = 60;

let browser;
let exporter;

const entryPoint = (id) => ({ agents: id % DESERTED !== 0, waiting: id % LONG === 0 ? 9 : 1 });

function configuration(port) {
  const target = (_, index) => {
    const first = 10_000 + index * CHANNELS;
    const points = Array.from({ length: CHANNELS }, (_, place) => first + place);
    return `  - name: site-${String(index).padStart(3, "0")}
    thresholds: { queue_length: { degraded: 5 } }
    ${egainTarget(port, points)}
`;
  };
  return `global: { interval: 1m, timeout: 30s }
rate_limits: [{ host: 127.0.0.1, requests: 1000000, per: 1m }]
targets:
${Array.from({ length: TARGETS }, target).join("")}`;
}

before(async () => {
  browser = await launch();
  exporter = await withVendor(entryPoint, configuration, 2 * LIMIT_SECONDS);
});
after(async () => {
  await browser.close();
  await exporter?.stop();
});

/** Types a name into the filter; gives the milliseconds until the browser has drawn what that led to. */
function typed(page, name) {
  return page.evaluate(async (text) => {
    const input = document.querySelector("form#filter input[name=name]");
    const start = performance.now();
    input.value = text;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    return Math.round(performance.now() - start);
  }, name);
}

test("a page of four thousand channels loads and filters", async (context) => {
  const { daemon } = exporter;
  await waitFor("every channel is there", async () => {
    const { targets } = await daemon.status();
    return targets.every((target) => target.up && target.channels.length === CHANNELS);
  }, LIMIT_SECONDS);
  const start = performance.now();
  const { page, response, record, close } = await open(browser, `${daemon.origin}/`);
  await page.locator('#live[data-state="live"]').waitFor({ timeout: LIMIT_SECONDS * 1000 });
  const loaded = Math.round(performance.now() - start);
  const rows = await channelRows(page);
  assert.equal(rows.length, TARGETS * CHANNELS);
  assert.equal(await page.locator("[data-target-row]").count(), TARGETS);
  const size = (await response.body()).length;

  const filtered = await typed(page, "site-123");
  const shown = (await channelRows(page)).filter((row) => !row.hidden);
  assert.deepEqual([...new Set(shown.map((row) => row.target))], ["site-123"]);
  assert.equal(shown.length, CHANNELS);
  const cleared = await typed(page, "");
  assert.ok((await channelRows(page)).every((row) => !row.hidden));

  context.diagnostic(
    `${rows.length} channels: ${Math.round(size / 1024)} KiB of HTML, loaded and live in ${loaded} ms, ` +
      `filtered by name in ${filtered} ms, all shown again in ${cleared} ms`,
  );
  record.expectClean([daemon.origin]);
  await close();
});
