// Two hundred targets with twenty channels each: the status page stays usable. Its figures are printed, not judged.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { launch, open } from "./browser.js";
import { Daemon, freePort } from "./daemon.js";
import { channelRows } from "./rows.js";
import { waitFor } from "./wait.js";

const TARGETS = 200;
const CHANNELS = 20;
/** Every how many entry points there is no agent, and the queue is long. */
const [DESERTED, LONG] = [50, 20];
const LIMIT_SECONDS = 60;

const directory = mkdtempSync(join(tmpdir(), "webchat-fleet-"));
let browser;
let vendor;
let daemon;

/** What eGain's conversation API, version 3, says of an entry point. */
function answerOf(path) {
  const [, id, check] = /\/entrypoint\/(\d+)\/(\w+)$/.exec(path) ?? [];
  switch (check) {
    case "agentavailability":
      return { available: Number(id) % DESERTED !== 0 };
    case "livesessionstatus":
      return { waitTime: 10, queueDepth: Number(id) % LONG === 0 ? 9 : 1 };
    default:
      return undefined;
  }
}

function configuration(port) {
  const target = (_, index) => {
    const first = 10_000 + index * CHANNELS;
    const points = Array.from({ length: CHANNELS }, (_, place) => `{ id: ${first + place}, name: Queue ${first + place} }`);
    const name = `site-${String(index).padStart(3, "0")}`;
    return `  - name: ${name}
    thresholds: { queue_length: { degraded: 5 } }
    egain:
      base_url: http://127.0.0.1:${port}/conversation/messagerouter/v3
      api: v3
      checks: [agent_availability, live_session_status]
      entry_points: [${points.join(", ")}]
`;
  };
  return `global: { interval: 1m, timeout: 30s }
rate_limits: [{ host: 127.0.0.1, requests: 1000000, per: 1m }]
targets:
${Array.from({ length: TARGETS }, target).join("")}`;
}

before(async () => {
  browser = await launch();
  vendor = createServer((request, response) => {
    const answer = answerOf(request.url);
    response.writeHead(answer === undefined ? 404 : 200, { "Content-Type": "application/json" });
    response.end(JSON.stringify(answer ?? {}));
  });
  vendor.listen(0, "127.0.0.1");
  await once(vendor, "listening");
  const file = join(directory, "fleet.yml");
  writeFileSync(file, configuration(vendor.address().port));
  daemon = await Daemon.ready(await freePort(), ["--log.level=error", `--config.file=${file}`], 2 * LIMIT_SECONDS);
});
after(async () => {
  await browser.close();
  await daemon?.stop();
  vendor.closeAllConnections();
  vendor.close();
  rmSync(directory, { recursive: true });
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
