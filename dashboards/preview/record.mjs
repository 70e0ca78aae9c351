// Records what a Prometheus answers to every query of every dashboard: node record.mjs URL SCENARIO
//
// Prometheus scrapes the demo as its only job and has the bundled rules; the answers go into answers/SCENARIO.json.
// record.py starts all of that and calls this.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { answersDirectory, panelQueries, variableQueries } from "./boards.mjs";
import { compact } from "./history.mjs";

const [url, scenario] = process.argv.slice(2);
if (scenario === undefined) {
  console.error("usage: record.mjs URL SCENARIO");
  process.exit(2);
}
const RANGE_SECONDS = 300;
const STEP_SECONDS = 3;
// What Grafana puts in: the times, and `.+` for every variable as "All" is chosen.
const TIMES = { __range: `${RANGE_SECONDS}s`, __rate_interval: "60s" };
const ALL = ".+";

// A quarter of a minute after a mark of the time axis, so that no mark is at its end.
const MARK_SECONDS = 30;
const to = Math.floor(Date.now() / 1000 / MARK_SECONDS) * MARK_SECONDS - MARK_SECONDS / 2;
const from = to - RANGE_SECONDS;
const expanded = (expression) => expression.replace(/\$([a-z_]\w*)/g, (_, name) => TIMES[name] ?? ALL);

/** The data of an answer of the HTTP API; an error of the query ends the recording. */
async function ask(path, parameters) {
  const body = new URLSearchParams(parameters);
  const answer = await (await fetch(new URL(`/api/v1/${path}`, url), { method: "POST", body })).json();
  if (answer.status !== "success") {
    throw new Error(`${JSON.stringify(parameters)}: ${answer.error}`);
  }
  return answer.data;
}

/** The series of a query: of now with `value`, over the range with `runs`. */
async function seriesOf({ expression, instant }) {
  const query = expanded(expression);
  if (instant) {
    const { result } = await ask("query", { query, time: to });
    return result.map(({ metric, value }) => ({ metric, value: value[1] }));
  }
  const { result } = await ask("query_range", { query, start: from, end: to, step: STEP_SECONDS });
  return result.map(({ metric, values }) => ({ metric, runs: compact(values, { from, to, step: STEP_SECONDS }) }));
}

/** The values of a variable: what `label_values(SELECTOR, LABEL)` gives. */
async function valuesOf(expression) {
  const [, selector, label] = /^label_values\((.*), (\w+)\)$/.exec(expression);
  const series = await ask("query", { query: `group by (${label}) (${expanded(selector)})`, time: to });
  return series.result.map(({ metric }) => metric[label]).sort();
}

const answers = [];
for (const query of panelQueries()) {
  const series = (await seriesOf(query)).map((each) => `\n      ${JSON.stringify(each)}`).join(",");
  const expression = JSON.stringify(query.expression);
  answers.push(`    ${JSON.stringify(query.key)}: {\n    "expression": ${expression},\n    "result": [${series}]}`);
}
const variables = [];
for (const { key, expression } of variableQueries()) {
  variables.push(`    ${JSON.stringify(key)}: ${JSON.stringify(await valuesOf(expression))}`);
}
const head = `"range": ${JSON.stringify({ from, to, step: STEP_SECONDS })}`;
const text = `{\n  ${head},\n  "variables": {\n${variables.join(",\n")}\n  },\n  "answers": {\n${answers.join(",\n")}\n  }\n}\n`;
writeFileSync(join(answersDirectory, `${scenario}.json`), text);
console.log(`${answers.length} answers in answers/${scenario}.json, ${Math.round(text.length / 1000)} kB`);
