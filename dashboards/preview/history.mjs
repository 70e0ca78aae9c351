// Values over time in a short form: runs of equal values, `[count, value, count, value, ...]` with null where there is none.

const DIGITS = 4;
/** Enough for a line on a chart; whole numbers, among them times since the epoch, stay whole. */
const rounded = (number) => (Number.isInteger(number) ? number : Number(number.toPrecision(DIGITS)));

/** The runs of the values `[time, text]` of the HTTP API over a range `{from, to, step}`. */
export function compact(values, { from, to, step }) {
  const byTime = new Map(values.map(([time, text]) => [time, text]));
  const runs = [];
  for (let time = from; time <= to; time += step) {
    const text = byTime.get(time);
    const value = text === undefined ? null : Number.isFinite(Number(text)) ? rounded(Number(text)) : text;
    if (runs.length > 0 && runs.at(-1) === value) {
      runs[runs.length - 2] += 1;
    } else {
      runs.push(1, value);
    }
  }
  return runs;
}

/** The values `[seconds, text]` that runs stand for. */
export function values(runs, { from, step }) {
  const found = [];
  let time = from;
  for (let index = 0; index < runs.length; index += 2) {
    for (let count = 0; count < runs[index]; count += 1, time += step) {
      if (runs[index + 1] !== null) {
        found.push([time, String(runs[index + 1])]);
      }
    }
  }
  return found;
}
