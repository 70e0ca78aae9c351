// The packages of npm, which are installed outside of the checkout, in a browser's surroundings as far as they ask for them.
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

/**
 * What `npm ci` installed into the directory: `{directory, data, require, theme}`, where `data` is
 * @grafana/data and `theme` Grafana's dark one.
 */
export function load(directory) {
  const path = resolve(directory);
  const require = createRequire(join(path, "package.json"));
  const { JSDOM } = require("jsdom");
  const { window } = new JSDOM("<!doctype html>", { url: "http://localhost" });
  Object.assign(globalThis, { window, document: window.document, localStorage: window.localStorage });
  for (const name of ["navigator", "Element", "HTMLElement", "Node", "DOMParser"]) {
    Object.defineProperty(globalThis, name, { value: window[name], configurable: true, writable: true });
  }
  const data = require("@grafana/data");
  // One of them has two names.
  const transformations = [...new Set(Object.values(data.standardTransformers))];
  data.standardTransformersRegistry.setInit(() =>
    transformations.map((transformation) => ({
      id: transformation.id,
      name: transformation.name,
      transformation: () => Promise.resolve(transformation),
    })),
  );
  return { directory: path, data, require, theme: data.createTheme() };
}
