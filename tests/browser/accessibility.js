// What axe-core finds in a page.
import assert from "node:assert/strict";

import { axeSource } from "./packages.js";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** Elements of a finding that are shown; the others are counted. */
const SHOWN = 3;

/** One line for each rule that the page breaks as it is now. */
export async function accessibilityFindings(page) {
  // The debugger's way into the page is not subject to the page's policy.
  await page.evaluate(`${axeSource}; undefined`);
  const { violations, passes } = await page.evaluate(
    (tags) => window.axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] }),
    RULES,
  );
  assert.ok(passes.length > 5, `axe-core looked at ${page.url()} with ${passes.length} rules only`);
  return violations.map(({ id, nodes }) => {
    const shown = nodes.slice(0, SHOWN).map((node) => `${node.target.join(" ")} (${node.failureSummary.replaceAll(/\s+/g, " ")})`);
    return `${id} at ${nodes.length} elements: ${shown.join("; ")}`;
  });
}

/** The page as it is now breaks no rule. */
export async function expectAccessible(page) {
  assert.deepEqual(await accessibilityFindings(page), [], `axe-core on ${page.url()}`);
}
