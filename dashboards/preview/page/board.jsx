// A dashboard: its headings and its panels, each in its place.
import { Icon, useTheme2 } from "@grafana/ui";
import { useEffect, useState } from "react";
import { CONTROLS_HEIGHT, PADDING, heightOf, placeOf } from "../layout.mjs";
import { Panel } from "./panel.jsx";

const SPACE = 8;

const absolute = (place) => ({ position: "absolute", ...place });

/** A heading; one that holds panels is collapsed and tells how many. */
function Heading({ title, held, place }) {
  const { colors, typography } = useTheme2();
  return (
    <div className="heading" style={{ ...absolute(place), display: "flex", alignItems: "center", gap: SPACE }}>
      <Icon name={held > 0 ? "angle-right" : "angle-down"} />
      <span style={{ fontSize: typography.h5.fontSize, fontWeight: typography.h5.fontWeight }}>{title}</span>
      {held > 0 ? <span style={{ color: colors.text.secondary }}>({held} panels)</span> : null}
    </div>
  );
}

/** What stands above the panels: the name of the board and what its variables choose. */
function Controls({ board, variables }) {
  const { colors } = useTheme2();
  const shown = board.templating.list.filter(({ name }) => variables[`${board.uid} / ${name}`] !== undefined);
  return (
    <div className="controls" style={{ display: "flex", alignItems: "center", gap: SPACE, height: CONTROLS_HEIGHT }}>
      <strong style={{ fontSize: 18, marginRight: 2 * SPACE }}>{board.title}</strong>
      {shown.map(({ label, name }) => (
        <span key={name} style={{ border: `1px solid ${colors.border.medium}`, borderRadius: 2, padding: "3px 8px" }}>
          <span style={{ color: colors.text.secondary }}>{label}</span> All
        </span>
      ))}
    </div>
  );
}

/** The whole dashboard; `data-ready` is there when every panel is drawn. */
export function Board({ board, record }) {
  const { colors } = useTheme2();
  const [drawn, setDrawn] = useState(() => new Set());
  const width = window.innerWidth - 2 * PADDING;
  const headings = board.panels.filter(({ type }) => type === "row");
  const panels = board.panels.filter(({ type }) => type !== "row");
  useEffect(() => {
    document.body.style.background = colors.background.canvas;
  });
  const onDrawn = (id) => setDrawn((before) => new Set([...before, id]));
  return (
    <main style={{ padding: PADDING }} data-ready={drawn.size === panels.length || undefined}>
      <Controls board={board} variables={record.variables} />
      <div style={{ position: "relative", height: heightOf(board) }}>
        {headings.map(({ id, title, panels: held, gridPos }) => (
          <Heading key={id} title={title} held={held.length} place={placeOf(gridPos, width)} />
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
