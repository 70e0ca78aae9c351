// What axe-core finds in a page.
import assert from "node:assert/strict";

import { axeSource } from "./packages.js";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** The page as it is now breaks no rule; gives the number of rules that had something to look at. */
export async function expectAccessible(page, what = page.url()) {
  // The debugger's way into the page is not subject to the page's policy.
  await page.evaluate(`${axeSource}; undefined`);
  const { violations, passes } = await page.evaluate(
    (tags) => window.axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] }),
    RULES,
  );
  const found = violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id} (${help}): ${node.html}\n  ${node.failureSummary?.replaceAll("\n", "\n  ")}`),
  );
  assert.deepEqual(found, [], `axe-core on ${what}`);
  assert.ok(passes.length > 5, `axe-core looked at ${what} with ${passes.length} rules only`);
  return passes.length;
}
