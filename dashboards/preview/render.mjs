// Draws the dashboards with Grafana's own components and checks what is seen: node render.mjs PACKAGES [BOARD...]
//
// PACKAGES is a directory into which `npm ci --ignore-scripts --legacy-peer-deps` installed what package-lock.json names; a BOARD is a
// uid, all by default. Prints one line for each finding. UPDATE_SCREENSHOTS=1 writes the pictures of docs/screenshots as well.
import { resolve } from "node:path";
import { answersOf, boards, staleProblems } from "./boards.mjs";
import { launch, open } from "./browser.mjs";
import { bundle } from "./bundle.mjs";
import { paleTexts } from "./contrast.mjs";
import { beyondWindow, cutOff } from "./cut.mjs";
import { emptyProblems, exceptionsOf } from "./emptiness.mjs";
import { glanceProblems } from "./glance.mjs";
import { CONTROLS_HEIGHT, PADDING, heightOf } from "./layout.mjs";
import { takePicture } from "./pictures.mjs";
import { redThings } from "./red.mjs";
import { mayScroll } from "./scrolling.mjs";
import { serve } from "./serve.mjs";

const SCENARIOS = ["normal", "outage"];
const WALL = "webchat-wallboard";
const SCREEN = { width: 1920, height: 1080 };

/** The window: a screen on the wall for the wallboard, else as high as the board, as Grafana draws only what is in sight. */
function windowFor(board) {
  return board.uid === WALL ? SCREEN : { ...SCREEN, height: heightOf(board) + 2 * PADDING + CONTROLS_HEIGHT };
}

/** Everything that is wrong with a board on the page, as lines. */
async function problemsOn({ page, errors }, board, scenario, exceptions) {
  const cut = await page.evaluate(cutOff);
  const pale = await page.evaluate(paleTexts);
  const { across, down } = await page.evaluate(beyondWindow);
  const silent = page.locator("section.panel:has([data-empty])");
  const empty = await silent.evaluateAll((panels) => panels.map(({ dataset }) => dataset.title));
  return [
    ...errors,
    ...cut.filter((each) => !mayScroll(board.uid, each)).map(({ panel, problem }) => `${panel}: ${problem}`),
    ...pale.map(({ panel, problem }) => `${panel}: ${problem}`),
    ...(across > 0 || down > 0 ? [`the page is ${across} pixels too wide and ${down} too high`] : []),
    ...(scenario === "normal" ? emptyProblems(board, answersOf(scenario), exceptions, empty) : []),
    ...glanceProblems(board.uid, scenario, await page.evaluate(redThings)),
  ];
}

/** Draws and checks one board; gives its problems. */
async function check(packages, browser, origin, board, scenario, exceptions) {
  const stale = staleProblems(board, answersOf(scenario));
  if (stale.length > 0) {
    return stale;
  }
  const opened = await open(browser, `${origin}/?board=${board.uid}&scenario=${scenario}`, windowFor(board));
  const problems = await problemsOn(opened, board, scenario, exceptions);
  if (process.env.UPDATE_SCREENSHOTS === "1") {
    await takePicture(packages, opened.page, board.uid, scenario);
  }
  await opened.close();
  return problems.map((problem) => `${board.uid} (${scenario}): ${problem}`);
}

const [directory, ...chosen] = process.argv.slice(2);
if (directory === undefined) {
  console.error("usage: render.mjs PACKAGES [BOARD...]");
  process.exit(2);
}
const packages = resolve(directory);
const wanted = boards().filter(({ board }) => chosen.length === 0 || chosen.includes(board.uid));
const server = await serve(packages, await bundle(packages));
const browser = await launch(packages);
const exceptions = exceptionsOf(packages);
const found = [];
try {
  for (const { board } of wanted) {
    const both = SCENARIOS.map((scenario) => check(packages, browser, server.origin, board, scenario, exceptions));
    found.push(...(await Promise.all(both)).flat());
  }
} finally {
  await browser.close();
  server.close();
}
found.forEach((line) => console.error(`FAILED: ${line}`));
console.log(`${wanted.length} boards in ${SCENARIOS.length} scenarios drawn, ${found.length} findings`);
process.exitCode = found.length === 0 && wanted.length > 0 ? 0 : 1;
