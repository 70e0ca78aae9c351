// Lines over time.
import { dateTime } from "@grafana/data";
import { TimeSeries } from "@grafana/ui";

/** The recorded range as Grafana has it. */
export function timeRangeOf({ from, to }) {
  const [start, end] = [dateTime(from * 1000), dateTime(to * 1000)];
  return { from: start, to: end, raw: { from: start, to: end } };
}

/** What is no number has no place on a chart; Grafana's panel leaves it out as well. */
function withoutInfinities(frame) {
  const values = (field) => field.values.map((value) => (Number.isFinite(value) ? value : null));
  return { ...frame, fields: frame.fields.map((field) => ({ ...field, values: values(field) })) };
}

export function TimeSeriesPanel({ panel, frames, range, width, height }) {
  return (
    <TimeSeries
      frames={frames.map(withoutInfinities)}
      timeRange={timeRangeOf(range)}
      timeZone="utc"
      width={width}
      height={height}
      legend={panel.options.legend}
      options={panel.options}
    />
  );
}
