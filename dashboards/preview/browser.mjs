// Headless Chromium, and pages of which every error is kept.
import { createRequire } from "node:module";
import { join } from "node:path";

/** The browser's own services stay off, and no name but loopback's own is looked up. */
const ARGUMENTS = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-gpu",
  "--disable-quic",
  "--disable-sync",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  "--no-first-run",
  "--no-proxy-server",
];
const DEADLINE = 30_000;

/** Debian's Chromium; as root it runs without a sandbox, and the pages are all our own. */
export function launch(packages) {
  const { chromium } = createRequire(join(packages, "package.json"))("playwright-core");
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ARGUMENTS });
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
