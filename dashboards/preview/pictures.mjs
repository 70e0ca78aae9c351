// The pictures of the documentation.
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const DIRECTORY = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "docs", "screenshots");
const COLORS = 128;

// File -> board and scenario.
const PICTURES = {
  "wallboard-normal": ["webchat-wallboard", "normal"],
  "wallboard-outage": ["webchat-wallboard", "outage"],
  "overview-outage": ["webchat-overview", "outage"],
  "channels-normal": ["webchat-channels", "normal"],
  slo: ["webchat-slo", "normal"],
  chime: ["webchat-chime", "outage"],
  comm100: ["webchat-comm100", "normal"],
  egain: ["webchat-egain", "outage"],
  xima: ["webchat-xima", "outage"],
  exporter: ["webchat-exporter", "normal"],
  alerts: ["webchat-alerts", "outage"],
};

/** The picture with a palette, which makes it small. */
function smaller(packages, png) {
  const UPNG = createRequire(join(packages, "package.json"))("upng-js");
  const image = UPNG.decode(png);
  return Buffer.from(UPNG.encode(UPNG.toRGBA8(image), image.width, image.height, COLORS));
}

/** Writes the picture of a board if the documentation has one. */
export async function takePicture(packages, page, uid, scenario) {
  const names = Object.keys(PICTURES).filter((name) => PICTURES[name][0] === uid && PICTURES[name][1] === scenario);
  for (const name of names) {
    writeFileSync(join(DIRECTORY, `${name}.png`), smaller(packages, await page.screenshot()));
  }
}
