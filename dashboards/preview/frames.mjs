// Answers of Prometheus as Grafana's data frames, on the way to what is seen: transformations, overrides, words and colours.

const NAME_OF_VALUES = "Value";

/** The frame of a table query, as Grafana's data source makes it: the time, a column for each label, the values. */
function tableFrame(data, target, result, isOnly) {
  const labels = [...new Set(result.flatMap(({ metric }) => Object.keys(metric)))].sort();
  const name = isOnly ? NAME_OF_VALUES : `${NAME_OF_VALUES} #${target.refId}`;
  const fields = [
    { name: "Time", type: data.FieldType.time, values: result.map(({ value }) => value[0] * 1000), config: {} },
    ...labels.map((label) => ({
      name: label,
      type: data.FieldType.string,
      values: result.map(({ metric }) => metric[label] ?? ""),
      config: { filterable: true },
    })),
    { name, type: data.FieldType.number, values: result.map(({ value }) => Number(value[1])), config: {} },
  ];
  return data.createDataFrame({ refId: target.refId, fields, meta: { preferredVisualisationType: "table" } });
}

/** The text of a legend: its labels filled in. */
function legend(target, metric) {
  return target.legendFormat.replace(/\{\{(\w+)\}\}/g, (_, label) => metric[label] ?? "");
}

/** One frame for a series of a query that is no table: of now, or over a range with a value each `step` seconds. */
function seriesFrame(data, target, { metric, value, values = [value] }, step) {
  const config = target.legendFormat === "__auto" ? {} : { displayNameFromDS: legend(target, metric) };
  // By the interval Grafana knows where a line has a gap.
  const interval = step === undefined ? {} : { interval: step * 1000 };
  const fields = [
    { name: "Time", type: data.FieldType.time, values: values.map(([time]) => time * 1000), config: interval },
    { name: NAME_OF_VALUES, type: data.FieldType.number, values: values.map((each) => Number(each[1])), labels: metric, config },
  ];
  return data.createDataFrame({ refId: target.refId, fields });
}

/** The frames of a panel's answers, a list of `{target, result}` with the series of the HTTP API; `range` has the step of ranges. */
export function framesOf({ data }, answers, range) {
  // A table query without a series has a frame nevertheless, as Grafana's server sends one: its column stays.
  return answers.flatMap(({ target, result }) =>
    target.format === "table"
      ? [tableFrame(data, target, result, answers.length === 1)]
      : result.map((series) => seriesFrame(data, target, series, target.instant ? undefined : range.step)),
  );
}

/** The frames after the panel's transformations. */
export function transformed({ data }, panel, frames) {
  return new Promise((resolve, reject) => {
    const context = { interpolate: (text) => text };
    data.transformDataFrame(panel.transformations ?? [], frames, context).subscribe({ next: resolve, error: reject });
  });
}

/** The settings of fields that the panel uses, with the functions by which Grafana reads them. */
function registry(data, panel) {
  const processes = {
    color: data.identityOverrideProcessor,
    decimals: data.numberOverrideProcessor,
    links: data.dataLinksOverrideProcessor,
    mappings: data.valueMappingsOverrideProcessor,
    max: data.numberOverrideProcessor,
    min: data.numberOverrideProcessor,
    noValue: data.stringOverrideProcessor,
    thresholds: data.thresholdsOverrideProcessor,
    unit: data.unitOverrideProcessor,
  };
  const standard = Object.entries(processes).map(([id, process]) => ({ id, path: id, name: id, process }));
  const properties = panel.fieldConfig.overrides.flatMap((override) => override.properties.map(({ id }) => id));
  const names = Object.keys(panel.fieldConfig.defaults.custom ?? {}).map((name) => `custom.${name}`);
  const custom = [...new Set([...names, ...properties.filter((id) => id.startsWith("custom."))])].map((id) => {
    const path = id.slice("custom.".length);
    return { id, path, name: id, isCustom: true, process: data.identityOverrideProcessor };
  });
  const items = [...standard, ...custom].map((item) => ({ ...item, shouldApply: () => true }));
  return new data.Registry(() => items);
}

/** The panel's settings with its lowest limits at no end: JSON has no infinity, so Grafana puts it in for null. */
function withLowestLimits(fieldConfig) {
  return JSON.parse(JSON.stringify(fieldConfig), (key, value) =>
    key === "steps" ? value.map((step) => ({ ...step, value: step.value ?? -Infinity })) : value,
  );
}

/** The frames with the panel's defaults and overrides: units, limits, words, colours. */
export function dressed({ data, theme }, panel, frames) {
  return data.applyFieldOverrides({
    data: frames,
    fieldConfig: withLowestLimits(panel.fieldConfig),
    fieldConfigRegistry: registry(data, panel),
    replaceVariables: (text) => text,
    theme,
    timeZone: "utc",
  });
}

const COLORS = ["blue", "green", "orange", "purple", "red", "text", "transparent"];

/** The name that a colour of the theme has in the dashboards; one without a name is itself. */
function colorName({ data, theme }, color) {
  const hexadecimal = (each) => data.colorManipulator.asHexString(each);
  const isColor = (name) => hexadecimal(theme.visualization.getColorByName(name)) === hexadecimal(color);
  return COLORS.find((name) => color === name || isColor(name)) ?? color;
}

const seen = (packages, display) => ({
  text: packages.data.formattedValueToString(display),
  color: colorName(packages, display.color),
});

/** What a stat shows: a list of `{name, text, color}`. */
export async function statOf(packages, panel, answers) {
  const { data, theme } = packages;
  const frames = dressed(packages, panel, await transformed(packages, panel, framesOf(packages, answers)));
  const { reduceOptions } = panel.options;
  const fieldConfig = panel.fieldConfig;
  const replaceVariables = (text) => text;
  const values = data.getFieldDisplayValues({ data: frames, reduceOptions, fieldConfig, replaceVariables, theme });
  return values.map(({ display }) => ({ name: display.title, ...seen(packages, display) }));
}

/** What a table shows: a list of rows `{column: {text, color}}`; a cell that is not coloured has no colour. */
export async function tableOf(packages, panel, answers) {
  const { data } = packages;
  const [frame] = dressed(packages, panel, await transformed(packages, panel, framesOf(packages, answers)));
  const cell = (field, index) => {
    const { text, color } = seen(packages, field.display(field.values[index]));
    const kind = field.config.custom?.cellOptions?.type ?? "auto";
    return kind === "auto" ? { text } : { text, color };
  };
  return Array.from({ length: frame?.length ?? 0 }, (_, index) =>
    Object.fromEntries(frame.fields.map((field) => [data.getFieldDisplayName(field, frame), cell(field, index)])),
  );
}
