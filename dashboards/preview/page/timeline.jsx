// States over time. Grafana keeps its own drawing of them in the panel and not among its packages, so this one is ours: bands of equal
// states, their words where there is room, names to the left, the time below and the states that occur as a legend.
import { dateTimeFormat, formattedValueToString, getFieldDisplayName } from "@grafana/data";
import { VizLegend, measureText, useTheme2 } from "@grafana/ui";

const FONT_SIZE = 12;
const AXIS_HEIGHT = 20;
const LEGEND_HEIGHT = 28;
const TICKS = 5;
const NAME_GAP = 14;

/** The runs of equal states of one series as `{from, to, text, color}`, in milliseconds; a gap ends a run. */
function bandsOf(frame, field, step) {
  const bands = [];
  const [time] = frame.fields;
  field.values.forEach((value, index) => {
    const display = field.display(value);
    const text = formattedValueToString(display);
    const from = time.values[index];
    const last = bands.at(-1);
    if (last !== undefined && last.text === text && last.to === from) {
      last.to = from + step;
    } else {
      bands.push({ from, to: from + step, text, color: display.color });
    }
  });
  return bands;
}

function Band({ band, left, width, height }) {
  const { colors } = useTheme2();
  const fits = measureText(band.text, FONT_SIZE).width + 8 <= width && height > FONT_SIZE;
  const style = { position: "absolute", top: 0, left, width: Math.max(1, width), height, background: band.color, opacity: 0.8 };
  const words = { position: "absolute", top: 0, left: left + 4, lineHeight: `${height}px`, color: colors.getContrastText(band.color) };
  return (
    <>
      <div style={style} />
      {fits ? <span style={{ ...words, fontSize: FONT_SIZE, whiteSpace: "nowrap" }}>{band.text}</span> : null}
    </>
  );
}

function Axis({ from, to, left, width, top }) {
  const { colors } = useTheme2();
  const step = (to - from) / TICKS;
  const ticks = Array.from({ length: TICKS }, (_, index) => from + (index + 0.5) * step);
  return ticks.map((time) => {
    const style = { position: "absolute", top, left: left + ((time - from) / (to - from)) * width, color: colors.text.secondary };
    return (
      <span key={time} style={{ ...style, transform: "translateX(-50%)", fontSize: FONT_SIZE }}>
        {dateTimeFormat(time, { format: "HH:mm:ss", timeZone: "utc" })}
      </span>
    );
  });
}

/** The states that occur, each once. */
function legendOf(rows) {
  const colors = new Map(rows.flatMap(({ bands }) => bands.map(({ text, color }) => [text, color])));
  return [...colors].map(([label, color]) => ({ label, color, yAxis: 1 }));
}

export function TimelinePanel({ panel, frames, range, width, height }) {
  const rows = frames.map((frame) => {
    const field = frame.fields[1];
    return { name: getFieldDisplayName(field, frame, frames), bands: bandsOf(frame, field, range.step * 1000) };
  });
  const [from, to] = [range.from * 1000, range.to * 1000];
  const left = Math.ceil(Math.max(...rows.map(({ name }) => measureText(name, FONT_SIZE).width))) + NAME_GAP;
  const room = width - left;
  const below = AXIS_HEIGHT + (panel.options.legend.showLegend ? LEGEND_HEIGHT : 0);
  const rowHeight = (height - below) / rows.length;
  const bandHeight = Math.floor(rowHeight * panel.options.rowHeight);
  const x = (time) => Math.max(0, Math.round(((Math.min(time, to) - from) / (to - from)) * room));
  return (
    <div style={{ position: "relative", width, height, overflow: "hidden" }}>
      {rows.map(({ name, bands }, index) => (
        <div key={name} className="states" style={{ position: "absolute", top: index * rowHeight, height: bandHeight, width }}>
          <span style={{ position: "absolute", top: 0, fontSize: FONT_SIZE, lineHeight: `${bandHeight}px`, whiteSpace: "nowrap" }}>{name}</span>
          {bands.map((band) => (
            <Band key={band.from} band={band} left={left + x(band.from)} width={x(band.to) - x(band.from)} height={bandHeight} />
          ))}
        </div>
      ))}
      <Axis from={from} to={to} left={left} width={room} top={height - below} />
      {panel.options.legend.showLegend ? (
        <div style={{ position: "absolute", bottom: 0, width }}>
          <VizLegend displayMode="list" placement="bottom" items={legendOf(rows)} />
        </div>
      ) : null}
    </div>
  );
}
