// Headless Chromium, and pages of which every error is kept.
import { createRequire } from "node:module";
import { join } from "node:path";

import { launchChromium } from "../../tests/browser/chromium.js";

const DEADLINE = 30_000;

/** Chromium by the Playwright of the packages in that directory. */
export function launch(packages) {
  return launchChromium(createRequire(join(packages, "package.json"))("playwright-core").chromium);
}

/** Opens an address in a window of that size; gives `{page, errors, close}` when the board is drawn. */
export async function open(browser, address, viewport) {
  const context = await browser.newContext({ viewport, timezoneId: "UTC", reducedMotion: "reduce" });
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(`page error: ${error.message}`));
  page.on("console", (message) => message.type() === "error" && errors.push(`console: ${message.text()}`));
  page.on("requestfailed", (request) => errors.push(`${request.url()}: ${request.failure()?.errorText}`));
  await page.goto(address);
  try {
    await page.locator("main[data-ready]").waitFor({ timeout: DEADLINE });
  } catch (error) {
    errors.push(`the board is not drawn: ${error.message}`);
  }
  // Two frames: what is measured is drawn again when it is known.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  return { page, errors, close: () => context.close() };
}
