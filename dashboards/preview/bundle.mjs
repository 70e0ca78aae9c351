// The page as one script: what is in page/ with Grafana's components, from the packages outside of the checkout.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const page = join(dirname(fileURLToPath(import.meta.url)), "page", "main.jsx");

/** The texts of the script and of its style sheet as `{script, styles}`. */
export async function bundle(packages) {
  const { build } = createRequire(join(packages, "package.json"))("esbuild");
  const { outputFiles } = await build({
    entryPoints: [page],
    bundle: true,
    minify: true,
    write: false,
    outdir: "/",
    format: "esm",
    jsx: "automatic",
    target: "es2022",
    logLevel: "error",
    nodePaths: [join(packages, "node_modules")],
    define: { "process.env.NODE_ENV": '"production"', global: "globalThis" },
    loader: { ".svg": "dataurl", ".ttf": "empty" },
  });
  const textOf = (extension) => outputFiles.find(({ path }) => path.endsWith(extension)).text;
  return { script: textOf(".js"), styles: textOf(".css") };
}
