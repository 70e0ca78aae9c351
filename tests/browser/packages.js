// The packages of npm, which are installed outside of the checkout.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const directory = process.env.BROWSER_TEST_PACKAGES;
if (directory === undefined || process.env.BROWSER_TEST_BINARY === undefined) {
  throw new Error("start the tests by run.js");
}
const require = createRequire(join(directory, "package.json"));

export const { chromium } = require("playwright-core");

/** The source of axe-core, to be run in a page. */
export const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
