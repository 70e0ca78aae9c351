// A dashboard as Grafana lays it out: 24 columns, cells of 30 pixels, gaps of 8.
import { Icon, useTheme2 } from "@grafana/ui";
import { useEffect, useState } from "react";
import { Panel } from "./panel.jsx";

const COLUMNS = 24;
const CELL = 30;
const GAP = 8;
const PADDING = 16;

/** Where a panel is, in pixels. */
function placeOf({ x, y, w, h }, width) {
  const column = (width - GAP * (COLUMNS - 1)) / COLUMNS;
  return {
    left: Math.round(x * (column + GAP)),
    top: y * (CELL + GAP),
    width: Math.round(w * column + (w - 1) * GAP),
    height: h * CELL + (h - 1) * GAP,
  };
}

const absolute = (place) => ({ position: "absolute", ...place });

function Heading({ title, place }) {
  const { typography } = useTheme2();
  return (
    <div className="heading" style={{ ...absolute(place), display: "flex", alignItems: "center", gap: GAP }}>
      <Icon name="angle-down" />
      <span style={{ fontSize: typography.h5.fontSize, fontWeight: typography.h5.fontWeight }}>{title}</span>
    </div>
  );
}

/** What stands above the panels unless the board hangs on a wall: its name and what its variables choose. */
function Controls({ board, variables }) {
  const { colors } = useTheme2();
  const shown = board.templating.list.filter(({ name }) => variables[`${board.uid} / ${name}`] !== undefined);
  return (
    <div className="controls" style={{ display: "flex", alignItems: "center", gap: GAP, height: 48 }}>
      <strong style={{ fontSize: 18, marginRight: 2 * GAP }}>{board.title}</strong>
      {shown.map(({ label, name }) => (
        <span key={name} style={{ border: `1px solid ${colors.border.medium}`, borderRadius: 2, padding: "3px 8px" }}>
          <span style={{ color: colors.text.secondary }}>{label}</span> All
        </span>
      ))}
    </div>
  );
}

/** The whole dashboard; `data-ready` is there when every panel is drawn. */
export function Board({ board, record, isKiosk }) {
  const { colors } = useTheme2();
  const [drawn, setDrawn] = useState(() => new Set());
  const width = window.innerWidth - 2 * PADDING;
  const headings = board.panels.filter(({ type }) => type === "row");
  const panels = board.panels.filter(({ type }) => type !== "row");
  useEffect(() => {
    document.body.style.background = colors.background.canvas;
  });
  const onDrawn = (id) => setDrawn((before) => new Set([...before, id]));
  const bottom = Math.max(...board.panels.map(({ gridPos: { y, h } }) => (y + h) * (CELL + GAP) - GAP));
  return (
    <main style={{ padding: PADDING }} data-ready={drawn.size === panels.length || undefined}>
      {isKiosk ? null : <Controls board={board} variables={record.variables} />}
      <div style={{ position: "relative", height: bottom }}>
        {headings.map(({ id, title, gridPos }) => (
          <Heading key={id} title={title} place={placeOf(gridPos, width)} />
        ))}
        {panels.map((panel) => {
          const place = placeOf(panel.gridPos, width);
          return (
            <section key={panel.id} style={absolute(place)} className="panel" data-title={panel.title} data-type={panel.type}>
              <Panel board={board} panel={panel} record={record} place={place} onDrawn={onDrawn} />
            </section>
          );
        })}
      </div>
    </main>
  );
}
