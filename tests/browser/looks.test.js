// How the pages look in every scenario: what axe-core finds in both themes and on wide and narrow screens, and pictures of it.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { accessibilityFindings } from "./accessibility.js";
import { launch, open } from "./browser.js";
import { Daemon } from "./daemon.js";
import { overflowFindings, unfold } from "./rows.js";
import { waitFor } from "./wait.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SCREENSHOTS = join(process.env.BROWSER_TEST_SCREENSHOTS ?? join(ROOT, "target"), "screenshots");
const THEMES = ["light", "dark"];
const WIDTHS = [1440, 390];
const PAGES = { status: "/", target: "/targets/service-desk" };

const has = (count, status) => (channels) => channels.filter((channel) => channel.status === status).length >= count;

/** Each scenario at a speed at which its state lasts, and how to tell that it is there. */
const SCENARIOS = {
  normal: { speed: 1, isThere: (channels) => channels.length >= 10 },
  outage: { speed: 4, isThere: has(4, "down") },
  surge: { speed: 20, isThere: has(3, "degraded") },
  flapping: { speed: 2, isThere: has(1, "down") },
};

let browser;

before(async () => {
  browser = await launch();
  mkdirSync(SCREENSHOTS, { recursive: true });
});
after(() => browser.close());

for (const [scenario, { speed, isThere }] of Object.entries(SCENARIOS)) {
  test(`axe-core finds nothing in the scenario ${scenario}`, async () => {
    const demo = await Daemon.demo(`--scenario=${scenario}`, `--speed=${speed}`);
    try {
      const channels = async () => (await demo.status()).targets.flatMap((target) => target.channels);
      await waitFor(`the scenario ${scenario} is there`, async () => isThere(await channels()), 90);
      const findings = [];
      for (const theme of THEMES) {
        for (const width of WIDTHS) {
          findings.push(...(await look(demo, scenario, theme, width)));
        }
      }
      assert.deepEqual(findings, []);
    } finally {
      await demo.stop();
    }
  });
}

/** Takes pictures of both pages and gives what is wrong with them. */
async function look(demo, scenario, theme, width) {
  const viewport = { width, height: 900 };
  const { page, record, close } = await open(browser, `${demo.origin}/`, { colorScheme: theme, viewport });
  const findings = [];
  for (const [name, path] of Object.entries(PAGES)) {
    await page.goto(`${demo.origin}${path}`);
    await page.locator('#live[data-state="live"]').waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, `${name}-${scenario}-${theme}-${width}.png`), fullPage: true });
    await unfold(page);
    const found = [...(await accessibilityFindings(page)), ...(await overflowFindings(page))];
    findings.push(...found.map((text) => `${path}, ${theme}, ${width} pixels: ${text}`));
  }
  record.expectClean([demo.origin]);
  await close();
  return findings;
}
