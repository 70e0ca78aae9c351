// Checks the dashboards with Grafana's own packages: node check.mjs PACKAGES
//
// PACKAGES is a directory into which `npm ci --ignore-scripts --legacy-peer-deps` installed what package-lock.json names.
import { checkFields } from "./fields.mjs";
import { checkNames } from "./names.mjs";
import { load } from "./packages.mjs";
import { Report } from "./report.mjs";
import { checkSchema } from "./schema.mjs";

const [directory] = process.argv.slice(2);
if (directory === undefined) {
  console.error("usage: check.mjs PACKAGES");
  process.exit(2);
}
const packages = load(directory);
const report = new Report();
checkSchema(packages, report);
await checkNames(packages, report);
await checkFields(packages, report);
console.log(`${report.passed} passed, ${report.failed} failed`);
process.exitCode = report.failed === 0 ? 0 : 1;
