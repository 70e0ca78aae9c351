// The dashboards, their panels and the queries of these.
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { keyOf } from "./answers.mjs";
import { values } from "./history.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const directory = join(here, "..");
export const answersDirectory = join(here, "answers");

/** Every dashboard as `{file, board}`. */
export function boards() {
  return readdirSync(directory)
    .filter((file) => file.endsWith(".json"))
    .sort()
    .map((file) => ({ file, board: JSON.parse(readFileSync(join(directory, file), "utf8")) }));
}

/** Every panel of a dashboard that shows something, those in collapsed rows included. */
export function panelsOf(board) {
  return board.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]).filter((panel) => panel.type !== "row");
}

/** What was recorded of a scenario: `range` is `{from, to, step}`, `variables` and `answers` are by the keys of this file. */
export function recordOf(scenario) {
  return JSON.parse(readFileSync(join(answersDirectory, `${scenario}.json`), "utf8"));
}

/** The recorded answers `{key: {expression, result}}` of a scenario, each series as the HTTP API gives it. */
export function answersOf(scenario) {
  const { range, answers } = recordOf(scenario);
  const series = ({ metric, value, runs }) =>
    runs === undefined ? { metric, value: [range.to, value] } : { metric, values: values(runs, range) };
  const unpacked = ({ expression, result }) => ({ expression, result: result.map(series) });
  return Object.fromEntries(Object.entries(answers).map(([key, answer]) => [key, unpacked(answer)]));
}

/** The queries of all panels as `{key, expression, instant}`. */
export function panelQueries() {
  return boards().flatMap(({ board }) =>
    panelsOf(board).flatMap((panel) =>
      panel.targets.map((target) => ({ key: keyOf(board, panel, target), expression: target.expr, instant: target.instant })),
    ),
  );
}

/** The queries of a board that are not the recorded ones, as lines. */
export function staleProblems(board, answers) {
  const keys = panelsOf(board).flatMap((panel) => panel.targets.map((target) => [keyOf(board, panel, target), target.expr]));
  return keys
    .filter(([key, expression]) => answers[key]?.expression !== expression)
    .map(([key]) => `${key} is not the recorded query; run record.py again`);
}

/** The queries of all variables as `{key, expression}`. */
export function variableQueries() {
  return boards().flatMap(({ board }) =>
    board.templating.list
      .filter(({ type }) => type === "query")
      .map(({ name, query }) => ({ key: `${board.uid} / ${name}`, expression: query })),
  );
}
