// Whether what the dashboards name is there: units, reducers, transformations, matchers, and the columns that overrides are for.
import { boards, panelsOf } from "./boards.mjs";
import { framesOf, transformed } from "./frames.mjs";

// Settings of Grafana itself that an override may change; `custom.` leads to those of a kind of panel, which schema.mjs checks.
const PROPERTIES = ["color", "decimals", "displayName", "links", "mappings", "max", "min", "noValue", "thresholds", "unit"];

// Behind it stands the form of a time.
const FORM_OF_TIME = "time:";

/** Every name that a panel uses, by the registry that has to know it. */
function namesOf(panel) {
  const { defaults, overrides } = panel.fieldConfig;
  const properties = overrides.flatMap((override) => override.properties);
  const units = properties.filter(({ id }) => id === "unit").map(({ value }) => value);
  return {
    unit: [defaults.unit, ...units].filter((unit) => unit !== undefined && !unit.startsWith(FORM_OF_TIME)),
    reducer: [...(panel.options.reduceOptions?.calcs ?? []), ...(panel.options.legend?.calcs ?? [])],
    transformation: (panel.transformations ?? []).map(({ id }) => id),
    matcher: overrides.map(({ matcher }) => matcher.id),
    property: properties.map(({ id }) => id).filter((id) => !id.startsWith("custom.")),
  };
}

/** The registries of @grafana/data as sets of names. */
function registries({ data }) {
  const ids = (registry) => new Set(registry.list().map(({ id }) => id));
  return {
    unit: new Set(data.getValueFormats().flatMap(({ submenu }) => submenu.map(({ value }) => value))),
    reducer: ids(data.fieldReducers),
    transformation: ids(data.standardTransformersRegistry),
    matcher: ids(data.fieldMatchers),
    property: new Set(PROPERTIES),
  };
}

/** The labels that the expression of a table keeps: those of its first grouping, which is the outermost. */
function labelsOf(expression) {
  return /\bby \(([^)]*)\)/.exec(expression)[1].split(/,\s*/);
}

/** Answers as a table's queries may have them: one series each, with every label that the expression keeps. */
function imagined(panel) {
  return panel.targets.map((target) => {
    const metric = Object.fromEntries(labelsOf(target.expr).map((label) => [label, label]));
    return { target, result: [{ metric, value: [0, "1"] }] };
  });
}

/** The names of columns that overrides and the order of rows speak of and that no answer can bring. */
async function deadColumns(packages, panel) {
  const wanted = panel.fieldConfig.overrides
    .filter(({ matcher }) => matcher.id === "byName")
    .map(({ matcher }) => matcher.options);
  const sorted = (panel.options.sortBy ?? []).map(({ displayName }) => displayName);
  const frames = await transformed(packages, panel, framesOf(packages, imagined(panel)));
  const shown = frames.flatMap((frame) => frame.fields.map((field) => packages.data.getFieldDisplayName(field, frame)));
  return [...wanted, ...sorted].filter((name) => !shown.includes(name)).map((name) => `${name} is none of: ${shown}`);
}

/** Expressions of overrides that no legend of the panel can match. */
function deadPatterns({ data }, panel) {
  const legends = panel.targets.map(({ legendFormat }) => legendFormat);
  return panel.fieldConfig.overrides
    .filter(({ matcher }) => matcher.id === "byRegexp")
    .map(({ matcher }) => matcher.options)
    .filter((pattern) => !legends.some((legend) => data.stringToJsRegex(pattern).test(legend)))
    .map((pattern) => `${pattern} matches none of: ${legends}`);
}

/** Checks every panel. */
export async function checkNames(packages, report) {
  const known = registries(packages);
  for (const { file, board } of boards()) {
    for (const panel of panelsOf(board)) {
      const unknown = Object.entries(namesOf(panel)).flatMap(([kind, names]) =>
        names.filter((name) => !known[kind].has(name)).map((name) => `there is no ${kind} ${name}`),
      );
      const columns = panel.type === "table" ? await deadColumns(packages, panel) : [];
      report.expect(`${file}: names in "${panel.title}"`, [...unknown, ...columns, ...deadPatterns(packages, panel)]);
    }
  }
}
