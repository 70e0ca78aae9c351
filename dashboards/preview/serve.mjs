// Serves the page on a free port of loopback: the script, the boards with their answers, and fonts and icons of the packages.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join, normalize } from "node:path";
import { answersOf, boards, recordOf } from "./boards.mjs";

const HTML = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Preview</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/page.css">
<style>*, ::before, ::after { box-sizing: border-box } body { margin: 0 }</style></head>
<body><div id="root"></div><script type="module" src="/page.js"></script></body>
</html>
`;
const FONTS = { "Inter-Regular": "inter-latin-400-normal", "Inter-Medium": "inter-latin-500-normal" };
const ICONS = "/public/build/img/icons/";

/** The board and what was recorded for its panels. */
function given(uid, scenario) {
  const { board } = boards().find((each) => each.board.uid === uid);
  const { range, variables } = recordOf(scenario);
  return JSON.stringify({ board, record: { range, variables, answers: answersOf(scenario) } });
}

/** The body and type of what a path stands for; a file that is not there throws. */
async function found(packages, built, { pathname, searchParams }) {
  const modules = join(packages, "node_modules");
  const font = /^\/public\/fonts\/inter\/(Inter-\w+)\.woff2$/.exec(pathname);
  if (pathname === "/") {
    return [HTML, "text/html"];
  }
  if (pathname === "/page.js") {
    return [built.script, "text/javascript"];
  }
  if (pathname === "/page.css") {
    return [built.styles, "text/css"];
  }
  if (pathname.startsWith("/boards/")) {
    return [given(pathname.slice("/boards/".length), searchParams.get("scenario")), "application/json"];
  }
  if (font !== null) {
    return [await readFile(join(modules, "@fontsource/inter/files", `${FONTS[font[1]]}.woff2`)), "font/woff2"];
  }
  if (pathname.startsWith(ICONS)) {
    const icon = normalize(pathname.slice(ICONS.length));
    return [await readFile(join(modules, "@grafana/ui/dist/public/img/icons", icon)), "image/svg+xml"];
  }
  throw new Error("there is no such file");
}

/** The running server as `{origin, close}`; `built` is what `bundle` made. */
export async function serve(packages, built) {
  const server = createServer(async (request, response) => {
    try {
      const [body, type] = await found(packages, built, new URL(request.url, "http://127.0.0.1"));
      response.writeHead(200, { "Content-Type": `${type}; charset=utf-8` }).end(body);
    } catch (error) {
      response.writeHead(404, { "Content-Type": "text/plain" }).end(`cannot serve ${request.url}: ${error.message}\n`);
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
