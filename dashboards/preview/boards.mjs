// The dashboards, their panels and the queries of these.
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

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

/** The recorded answers `{key: {expression, result}}` of a scenario, by the keys that `keyOf` makes. */
export function answersOf(scenario) {
  return JSON.parse(readFileSync(join(answersDirectory, `${scenario}.json`), "utf8"));
}

/** What names a query among the recorded answers. */
export function keyOf(board, panel, target) {
  return `${board.uid} / ${panel.title} / ${target.refId}`;
}

/** The queries of now whose answers are recorded: those of the wallboard and the overview. */
export function recordedQueries() {
  return boards()
    .filter(({ board }) => ["webchat-wallboard", "webchat-overview"].includes(board.uid))
    .flatMap(({ board }) =>
      panelsOf(board).flatMap((panel) =>
        panel.targets
          .filter((target) => target.instant)
          .map((target) => ({ key: keyOf(board, panel, target), expression: target.expr })),
      ),
    );
}
