// Records what a Prometheus answers to the queries of the wallboard and the overview: node record.mjs URL JOB SCENARIO
//
// Prometheus scrapes the demo as JOB and has the bundled rules; the answers go into answers/SCENARIO.json.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { answersDirectory, recordedQueries } from "./boards.mjs";

const [url, job, scenario] = process.argv.slice(2);
if (scenario === undefined) {
  console.error("usage: record.mjs URL JOB SCENARIO");
  process.exit(2);
}
const time = Date.now() / 1000;
// As Grafana does with "All" chosen, but for the job.
const expanded = (expression) => expression.replaceAll("$job", job).replace(/\$(platform|target|channel)\b/g, ".+");
const lines = [];
for (const { key, expression } of recordedQueries()) {
  const body = new URLSearchParams({ query: expanded(expression), time });
  const answer = await (await fetch(new URL("/api/v1/query", url), { method: "POST", body })).json();
  if (answer.status !== "success") {
    throw new Error(`${key}: ${answer.error}`);
  }
  const series = answer.data.result.map((each) => `\n      ${JSON.stringify(each)}`).join(",");
  lines.push(
    `  ${JSON.stringify(key)}: {\n    "expression": ${JSON.stringify(expression)},\n    "result": [${series}]\n  }`,
  );
}
writeFileSync(join(answersDirectory, `${scenario}.json`), `{\n${lines.join(",\n")}\n}\n`);
console.log(`${lines.length} answers in answers/${scenario}.json`);
