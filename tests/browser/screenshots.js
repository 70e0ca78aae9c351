// The pictures that the README shows: the demo with an outage that is a minute and a half old.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { launch, open } from "./browser.js";
import { Daemon } from "./daemon.js";
import { waitFor } from "./wait.js";

const DIRECTORY = fileURLToPath(new URL("../../docs/screenshots/", import.meta.url));
const AGE_SECONDS = 90;
const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 390, height: 844 };
const PICTURES = [
  { name: "status-light.png", path: "/", colorScheme: "light", viewport: WIDE },
  { name: "status-dark.png", path: "/", colorScheme: "dark", viewport: WIDE },
  { name: "status-narrow.png", path: "/", colorScheme: "light", viewport: NARROW },
  { name: "target.png", path: "/targets/service-desk", colorScheme: "light", viewport: WIDE },
];

let browser;
let demo;

before(async () => {
  mkdirSync(DIRECTORY, { recursive: true });
  browser = await launch();
  demo = await Daemon.demo("--scenario=outage");
});
after(async () => {
  await browser.close();
  await demo?.stop();
});

test("the pictures of the README are made anew", async () => {
  const isOld = (channel) => channel.status === "down" && Date.now() - Date.parse(channel.since) > AGE_SECONDS * 1000;
  await waitFor(
    "the outage has its age",
    async () => (await demo.status()).targets.some((target) => target.channels.filter(isOld).length > 1),
    300,
  );
  for (const { name, path, ...options } of PICTURES) {
    const { page, close } = await open(browser, `${demo.origin}${path}`, options);
    await page.locator('#live[data-state="live"]').waitFor();
    await page.screenshot({ path: join(DIRECTORY, name) });
    await close();
  }
});
