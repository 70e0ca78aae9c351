// The example for portals: a page of another site that shows its chat link only while a channel's health check passes.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { expectAccessible } from "./accessibility.js";
import { Record, launch } from "./browser.js";
import { Daemon } from "./daemon.js";
import { freePort } from "./ports.js";
import { waitFor } from "./wait.js";

const FILES = {
  "/": ["text/html; charset=utf-8", "index.html"],
  "/chat-link.js": ["text/javascript; charset=utf-8", "chat-link.js"],
};
const HEALTH = /data-health="[^"]*"/;
const INTERVAL = 30_000;
/** Chromium itself reports a 503 and a refused connection of fetch on the console; no script can keep it from that. */
const REPORTS_OF_FETCH = [
  /^error: Failed to load resource: the server responded with a status of 503 \(Service Unavailable\)$/,
  /^error: Failed to load resource: net::ERR_CONNECTION_REFUSED$/,
];

let browser;
const ended = [];

before(async () => {
  browser = await launch();
  ended.push(() => browser.close());
});
after(async () => {
  for (const end of ended.reverse()) {
    await end();
  }
});

/** Serves deploy/portal/ with a strict policy and another address of the health check; gives the origin. */
async function portal(port, health) {
  const policy = `default-src 'none'; script-src 'self'; connect-src ${new URL(health).origin}; base-uri 'none'`;
  const server = createServer((request, response) => {
    const [type, name] = FILES[request.url] ?? [];
    if (name === undefined) {
      // The browser's own question for an icon.
      response.writeHead(204).end();
      return;
    }
    const text = readFileSync(new URL(`../../deploy/portal/${name}`, import.meta.url), "utf8");
    response.writeHead(200, { "Content-Type": type, "Content-Security-Policy": policy });
    response.end(text.replace(HEALTH, `data-health="${health}"`));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  ended.push(() => server.close());
  return `http://127.0.0.1:${port}`;
}

/** A page of the portal whose clock the test moves, as it is before the first answer. */
async function open(origin, options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const record = await Record.of(page);
  await page.clock.install();
  await page.goto(`${origin}/`);
  return { page, record, close: () => context.close() };
}

/** Moves the clock from question to question until the link is shown, or hidden. */
async function waitForLink(page, shown) {
  await waitFor(`the chat link is ${shown ? "shown" : "hidden"}`, async () => {
    await page.clock.runFor(INTERVAL);
    return (await page.getByRole("link", { name: "Chat with us" }).isVisible()) === shown;
  });
  assert.equal(await page.getByText("Our chat is not available").isVisible(), !shown);
}

test("the link follows the channel through an outage and the end of the exporter", async () => {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const demo = await Daemon.demo("--scenario=outage", "--speed=60", `--web.cors-origin=${origin}`);
  ended.push(() => demo.stop());
  await portal(port, `${demo.origin}/health/service-desk/1`);
  const { page, record, close } = await open(origin);
  await waitForLink(page, true);
  await expectAccessible(page);
  await waitForLink(page, false);
  await expectAccessible(page);
  await waitForLink(page, true);
  await demo.stop();
  await waitForLink(page, false);
  record.expectClean([origin, demo.origin], REPORTS_OF_FETCH);
  await close();
});

test("the link stays hidden without an answer in time", async () => {
  const asked = [];
  const silent = createServer((request) => asked.push(request.url));
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  ended.push(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const health = `http://127.0.0.1:${silent.address().port}/health/web-shop/10000`;
  const origin = await portal(await freePort(), health);
  const { page, record, close } = await open(origin);
  const isShown = () => page.getByRole("link").isVisible();
  await waitFor("the check is asked for", () => asked.length > 0);
  assert.equal(await isShown(), false);
  // The next question comes after the first was given up, so the limit of an answer works.
  await waitFor("the check is asked for again", async () => {
    await page.clock.runFor(INTERVAL);
    return asked.length > 1;
  });
  assert.equal(await isShown(), false);
  record.expectClean([origin, new URL(health).origin]);
  await close();
});

test("the link stays hidden where the exporter does not know the page's origin", async () => {
  const demo = await Daemon.demo();
  ended.push(() => demo.stop());
  const origin = await portal(await freePort(), `${demo.origin}/health/clinic/installation`);
  const { page, record, close } = await open(origin);
  await waitFor("the answer is refused", () => record.messages.some((text) => text.includes("blocked by CORS policy")));
  assert.equal(await page.getByRole("link").isVisible(), false);
  await close();
});

test("the page says how to write where there are no scripts", async () => {
  const origin = await portal(await freePort(), "http://127.0.0.1:9/health/web-shop/10000");
  const { page, close } = await open(origin, { javaScriptEnabled: false });
  assert.equal(await page.getByRole("link").isVisible(), false);
  assert.equal(await page.getByText("Our chat is not available").isVisible(), true);
  await close();
});
