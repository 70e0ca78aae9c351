// Whether answers become the texts and colours that are promised: recorded ones, and numbers at which something changes.
import { isDeepStrictEqual } from "node:util";
import { keyOf } from "./answers.mjs";
import { answersOf, boards, panelsOf } from "./boards.mjs";
import { statOf, tableOf } from "./frames.mjs";
import { DASH, NOTHING_KNOWN, NUMBERS, RED_FILL, SILENT_TILES, TABLES, TILES } from "./promises.mjs";

const SCENARIOS = ["normal", "outage"];

const nameOf = (board, panel) => `${board.uid} / ${panel.title}`;
const byText = (one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1);

/** What differs, as one line for each wanted and each shown thing that has no equal. */
function differences(shown, wanted) {
  const missing = wanted.filter((each) => !shown.some((other) => isDeepStrictEqual(each, other)));
  const surplus = shown.filter((each) => !wanted.some((other) => isDeepStrictEqual(each, other)));
  const counts = shown.length === wanted.length ? [] : [`${shown.length} are shown instead of ${wanted.length}`];
  return [
    ...missing.sort(byText).map((each) => `missing: ${JSON.stringify(each)}`),
    ...surplus.sort(byText).map((each) => `instead: ${JSON.stringify(each)}`),
    ...counts,
  ];
}

/** What a tile should show: one value for each series, or its words for none. */
function wantedTiles(name, result) {
  if (result.length === 0) {
    return [SILENT_TILES[name] ?? NOTHING_KNOWN];
  }
  return result.map(({ value }) => TILES[name](Number(value[1])));
}

/** Compares a tile. */
async function tileProblems(packages, name, panel, answers) {
  const result = answers.flatMap((answer) => answer.result);
  const shown = await statOf(packages, panel, answers);
  const seen = shown.map(({ text, color }) => ({ text, color }));
  return differences(seen, wantedTiles(name, result));
}

const ofNothing = (promise) => promise.nothing ?? ("color" in promise(1) ? { text: DASH, color: "text" } : { text: DASH });

/** The rows that a table should show: one for each set of labels, with a dash where a query has no such series. */
function wantedRows({ labels, values, words = {} }, answers) {
  const rows = new Map();
  const empty = Object.entries(values).map(([name, promise]) => [name, ofNothing(promise)]);
  answers.forEach(({ result }, index) => {
    const column = Object.keys(values)[index];
    for (const { metric, value } of result) {
      const key = JSON.stringify(Object.entries(metric).sort());
      const named = Object.entries(labels).map(([name, label]) => [name, { text: words[metric[label]] ?? metric[label] ?? DASH }]);
      const row = rows.get(key) ?? Object.fromEntries([...named, ...empty]);
      rows.set(key, { ...row, [column]: values[column](Number(value[1])) });
    }
  });
  return [...rows.values()];
}

async function tableProblems(packages, name, panel, answers) {
  return differences(await tableOf(packages, panel, answers), wantedRows(TABLES[name], answers));
}

const problemsOf = (name) => (name in TILES ? tileProblems : tableProblems);

/** The recorded answers of a panel, and what is wrong with the record. */
function recorded(record, board, panel) {
  const entries = panel.targets.map((target) => ({ target, entry: record[keyOf(board, panel, target)] }));
  const stale = entries
    .filter(({ target, entry }) => entry?.expression !== target.expr)
    .map(({ target }) => `query ${target.refId} is not the recorded one; run record.mjs again`);
  return { answers: entries.map(({ target, entry }) => ({ target, result: entry?.result ?? [] })), stale };
}

/** Made answers: one series of a tile or column with each number in turn that has a promise. */
function made(name, panel, index, promise) {
  const numbers = NUMBERS.filter((number) => promise(number) !== undefined);
  const metric = Object.fromEntries(Object.values(TABLES[name]?.labels ?? {}).map((label) => [label, label]));
  return numbers.map((number) =>
    panel.targets.map((target, each) => ({
      target,
      result: each === index ? [{ metric, value: [1_800_000_000, String(number)] }] : [],
    })),
  );
}

/** The numbers at which something changes, in each tile and each column; and no answer at all. */
async function boundaryProblems(packages, name, panel) {
  const promises = name in TILES ? [TILES[name]] : Object.values(TABLES[name].values);
  const cases = promises.flatMap((promise, index) => made(name, panel, index, promise));
  const nothing = panel.targets.map((target) => ({ target, result: [] }));
  const problems = [];
  for (const answers of [...cases, nothing]) {
    problems.push(...(await problemsOf(name)(packages, name, panel, answers)));
  }
  return problems;
}

/** Checks the tiles and tables that have promises. */
export async function checkFields(packages, report) {
  const records = SCENARIOS.map((scenario) => ({ scenario, record: answersOf(scenario) }));
  const met = new Set();
  for (const { board } of boards()) {
    for (const panel of panelsOf(board).filter((each) => nameOf(board, each) in { ...TILES, ...TABLES })) {
      const name = nameOf(board, panel);
      met.add(name);
      for (const { scenario, record } of records) {
        const { answers, stale } = recorded(record, board, panel);
        const problems = stale.length > 0 ? stale : await problemsOf(name)(packages, name, panel, answers);
        report.expect(`${name}: texts and colours in the scenario ${scenario}`, problems);
      }
      const problems = await boundaryProblems(packages, name, panel);
      report.expect(`${name}: texts and colours where they change`, problems);
    }
  }
  const absent = Object.keys({ ...TILES, ...TABLES }).filter((name) => !met.has(name));
  report.expect("every promised tile and table is there", absent);
  report.expect("an outage is red on the wallboard", await outageProblems(packages, records));
}

/** A quiet day has no red on the first row of the wallboard; an outage has. */
async function outageProblems(packages, records) {
  const { board } = boards().find((each) => each.board.uid === "webchat-wallboard");
  const problems = [];
  for (const { scenario, record } of records) {
    const tiles = panelsOf(board).filter((panel) => panel.type === "stat");
    const shown = await Promise.all(tiles.map((panel) => statOf(packages, panel, recorded(record, board, panel).answers)));
    const red = shown.flat().filter(({ color }) => ["red", RED_FILL].includes(color)).length;
    if (red > 0 !== (scenario === "outage")) {
      problems.push(`${red} tiles are red in the scenario ${scenario}`);
    }
  }
  return problems;
}
