// The pictures of the documentation.
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const DIRECTORY = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "docs", "screenshots");
const COLORS = 128;

/** The picture with a palette, which makes it small. */
function smaller(packages, png) {
  const UPNG = createRequire(join(packages, "package.json"))("upng-js");
  const image = UPNG.decode(png);
  return Buffer.from(UPNG.encode(UPNG.toRGBA8(image), image.width, image.height, COLORS));
}

/** Writes the picture of a board: `wallboard-outage.png` is the wallboard in an outage. */
export async function takePicture(packages, page, uid, scenario) {
  const name = `${uid.replace(/^webchat-/, "")}-${scenario}.png`;
  writeFileSync(join(DIRECTORY, name), smaller(packages, await page.screenshot()));
}
