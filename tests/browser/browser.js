// Headless Chromium, and pages that record everything that must not happen.
import assert from "node:assert/strict";

import { launchChromium } from "./chromium.js";
import { chromium } from "./packages.js";

export function launch() {
  return launchChromium(chromium);
}

/** What a page did: everything it asked for, said on the console or threw, and violations of its policy. */
export class Record {
  constructor(page) {
    this.requests = [];
    this.failed = [];
    this.messages = [];
    page.on("request", (request) => this.requests.push(request.url()));
    page.on("requestfailed", (request) => this.failed.push(`${request.url()}: ${request.failure()?.errorText}`));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) {
        this.messages.push(`${message.type()}: ${message.text()}`);
      }
    });
    page.on("pageerror", (error) => this.messages.push(`page error: ${error.message}`));
  }

  /** Follows a page from before it is loaded. */
  static async of(page) {
    const record = new Record(page);
    await page.exposeFunction("__violation", (text) => record.messages.push(`policy violation: ${text}`));
    await page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        window.__violation(`${event.violatedDirective} by ${event.blockedURI}`);
      });
    });
    return record;
  }

  /** Nothing went wrong, but for messages that match `allowed`, and nobody but `origins` was asked. */
  expectClean(origins, allowed = []) {
    const unexpected = this.messages.filter((message) => !allowed.some((pattern) => pattern.test(message)));
    assert.deepEqual(unexpected, [], "console messages");
    const foreign = this.requests.filter((url) => !origins.includes(new URL(url).origin));
    assert.deepEqual(foreign, [], "requests to other origins");
    assert.ok(this.requests.length > 0, "nothing was requested");
  }
}

/** Opens an address in a context of its own; gives the page, its answer and its record. */
export async function open(browser, address, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const record = await Record.of(page);
  const response = await page.goto(address);
  return { page, response, record, close: () => context.close() };
}
