// Runs the browser tests on the demo: node run.js BINARY PACKAGES [TEST...]
//
// BINARY is webchat_exporter, PACKAGES a directory into which `npm ci` installed what package-lock.json names, TEST a part of the
// names of the test files that are run, all if there is none. The exit code is 0 if all tests pass.
// With UPDATE_SCREENSHOTS=1 the pictures of the README are made anew, which takes three minutes more.
import { readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";

const [binary, packages, ...parts] = process.argv.slice(2);
if (packages === undefined) {
  console.error("usage: run.js BINARY PACKAGES [TEST...]");
  process.exit(2);
}
process.env.BROWSER_TEST_BINARY = resolve(binary);
process.env.BROWSER_TEST_PACKAGES = resolve(packages);

const directory = dirname(fileURLToPath(import.meta.url));
const isWanted = (name) =>
  name.endsWith(".test.js") || (name === "screenshots.js" && process.env.UPDATE_SCREENSHOTS === "1");
const files = readdirSync(directory)
  .filter(isWanted)
  .filter((name) => parts.length === 0 || parts.some((part) => name.includes(part)))
  .sort()
  .map((name) => join(directory, name));
if (files.length === 0) {
  console.error(`no test file is named like ${parts.join(", ")}`);
  process.exit(2);
}
run({ files, concurrency: 2, timeout: 20 * 60_000 })
  .on("test:fail", () => {
    process.exitCode = 1;
  })
  .compose(new spec())
  .pipe(process.stdout);
