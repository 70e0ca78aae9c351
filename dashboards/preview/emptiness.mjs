// What has no answer on a quiet day although may-be-empty.yml does not excuse it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { keyOf } from "./answers.mjs";
import { panelsOf } from "./boards.mjs";

const SCENARIO = "normal";
const path = join(dirname(fileURLToPath(import.meta.url)), "..", "may-be-empty.yml");

/** The exceptions of a quiet day: uid of the board -> list of `{panel, queries, reason}`. */
export function exceptionsOf(packages) {
  const { parse } = createRequire(join(packages, "package.json"))("yaml");
  const ofQuietDay = (entries) => entries.filter(({ scenario = SCENARIO }) => scenario === SCENARIO);
  return Object.fromEntries(Object.entries(parse(readFileSync(path, "utf8"))).map(([uid, entries]) => [uid, ofQuietDay(entries)]));
}

/** Panels and queries without an answer, as lines; `shown` are the titles of panels that say so on the page. */
export function emptyProblems(board, answers, exceptions, shown) {
  const entries = exceptions[board.uid] ?? [];
  const isExcused = (title, query) =>
    entries.some(({ panel, queries }) => panel === title && (queries === undefined || queries.includes(query)));
  const isEmpty = ({ result }) => result.every(({ value, values }) => value === undefined && values.length === 0);
  const queries = panelsOf(board).flatMap((panel) =>
    panel.targets
      .filter((target) => isEmpty(answers[keyOf(board, panel, target)]) && !isExcused(panel.title, target.refId))
      .map((target) => `${panel.title}: query ${target.refId} has no answer on a quiet day`),
  );
  const panels = shown
    .filter((title) => !entries.some(({ panel }) => panel === title))
    .map((title) => `${title}: empty on a quiet day`);
  return [...queries, ...panels];
}
