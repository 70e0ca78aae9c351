// Whether the dashboards have the shape that Grafana declares: a JSON Schema is derived from the declarations of @grafana/schema.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { boards, panelsOf } from "./boards.mjs";

const PANELS = ["bargauge", "stat", "state-timeline", "table", "timeseries"];

// What differs from the declarations and must: the problem as it is told, and why. Each has to occur.
const ALLOWED = [
  ...["expr", "step", "tagKeys", "textFormat", "titleFormat", "useValueForTime"].map((key) => ({
    pattern: new RegExp(`^/annotations/list/\\d+ must NOT have additional properties "${key}"$`),
    reason: "Prometheus keeps the query of an annotation beside the annotation's own settings, not in its target.",
  })),
  {
    pattern: /^options\/ must NOT have additional properties "footer"$/,
    reason: "Tables had their footer among the options before it became a setting of fields; the dashboards suit both.",
  },
];

const WITHOUT_FIELD_SETTINGS = new Set(["bargauge", "stat"]);
const moduleOf = (type) => type.replaceAll("-", "");

/** One type with the dashboard, and the options and field settings of each kind of panel. */
function declarations() {
  const root = "./node_modules/@grafana/schema/dist/types";
  const lines = [`import type { Dashboard } from "${root}/raw/dashboard/x/types.gen";`];
  const members = ["dashboard: Dashboard;"];
  for (const type of PANELS) {
    const name = moduleOf(type);
    lines.push(`import type * as ${name} from "${root}/raw/composable/${name}/panelcfg/x/types.gen";`);
    members.push(`"${type} options": ${name}.Options;`);
    // Grafana fills in what a panel leaves out.
    const settings = WITHOUT_FIELD_SETTINGS.has(type) ? "Record<string, never>" : `Partial<${name}.FieldConfig>`;
    members.push(`"${type} custom": ${settings};`);
  }
  return `${lines.join("\n")}\nexport interface Shapes {\n${members.join("\n")}\n}\n`;
}

/** The validators by the names of the members. */
function validators({ directory, require }) {
  const path = join(directory, "shapes.d.ts");
  writeFileSync(path, declarations());
  // Kinds of panel have types of one name, so all stand in their places and none by its name.
  const { createGenerator } = require("ts-json-schema-generator");
  const schema = createGenerator({ path, type: "Shapes", expose: "none", topRef: true, skipTypeCheck: true }).createSchema("Shapes");
  const Ajv = require("ajv").default;
  const ajv = new Ajv({ allErrors: true, strict: false });
  ajv.addSchema(schema, "shapes");
  const shapes = schema.definitions.Shapes.properties;
  const names = Object.keys(shapes);
  // A declaration that is not found would allow anything.
  const open = names.filter((name) => shapes[name].type !== "object");
  if (open.length > 0) {
    throw new Error(`@grafana/schema declares nothing for: ${open.join(", ")}`);
  }
  const pointer = (name) => `shapes#/definitions/Shapes/properties/${encodeURIComponent(name)}`;
  return Object.fromEntries(names.map((name) => [name, ajv.compile({ $ref: pointer(name) })]));
}

const described = ({ instancePath, message, params }) =>
  `${instancePath || "/"} ${message} ${JSON.stringify(Object.values(params)[0])}`;

/** What the validator says about a value, without what is allowed; `used` gets the places of the latter. */
function problemsOf(validate, value, place, used) {
  if (validate(value)) {
    return [];
  }
  return validate.errors
    .map((error) => `${place}${described(error)}`)
    .filter((problem) => {
      const known = ALLOWED.find(({ pattern }) => pattern.test(problem));
      used.add(known);
      return known === undefined;
    });
}

/** What overrides set of a panel's own settings, as those stand in its defaults: one object for each override. */
function overridden({ overrides }) {
  return overrides.map(({ properties }) => {
    const settings = {};
    for (const { id, value } of properties.filter((each) => each.id.startsWith("custom."))) {
      const path = id.slice("custom.".length).split(".");
      const inner = path.slice(0, -1).reduce((object, key) => (object[key] ??= {}), settings);
      inner[path.at(-1)] = value;
    }
    return settings;
  });
}

/** Checks every dashboard and every panel. */
export function checkSchema(packages, report) {
  const shapes = validators(packages);
  const used = new Set();
  for (const { file, board } of boards()) {
    report.expect(`${file} has the shape of a dashboard`, problemsOf(shapes.dashboard, board, "", used));
    for (const panel of panelsOf(board)) {
      const { defaults } = panel.fieldConfig;
      const problems = [
        ...(PANELS.includes(panel.type) ? [] : [`${panel.type} is no known kind of panel`]),
        ...problemsOf(shapes[`${panel.type} options`], panel.options, "options", used),
        ...[defaults.custom ?? {}, ...overridden(panel.fieldConfig)].flatMap((settings) =>
          problemsOf(shapes[`${panel.type} custom`], settings, "custom", used),
        ),
      ];
      report.expect(`${file}: the settings of "${panel.title}" are those of a ${panel.type}`, problems);
    }
  }
  const unused = ALLOWED.filter((each) => !used.has(each)).map(({ pattern }) => String(pattern));
  report.expect("every allowed difference occurs", unused);
}
