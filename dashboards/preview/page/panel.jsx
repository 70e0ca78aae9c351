// One panel: its frame, and the way of its answers to what the kind of panel shows.
import * as data from "@grafana/data";
import { PanelChrome, useTheme2 } from "@grafana/ui";
import { useEffect, useState } from "react";
import { keyOf } from "../answers.mjs";
import { dressed, framesOf, transformed } from "../frames.mjs";
import { BarGaugePanel } from "./bargauge.jsx";
import { StatPanel } from "./stat.jsx";
import { TablePanel } from "./table.jsx";
import { TimelinePanel } from "./timeline.jsx";
import { TimeSeriesPanel } from "./timeseries.jsx";

const KINDS = {
  bargauge: BarGaugePanel,
  stat: StatPanel,
  "state-timeline": TimelinePanel,
  table: TablePanel,
  timeseries: TimeSeriesPanel,
};
// The kinds that Grafana shows without a padding of its own.
const UNPADDED = new Set(["stat"]);

/** The frames of a panel, ready to be shown; undefined until they are. */
function useFrames(board, panel, record) {
  const theme = useTheme2();
  const [frames, setFrames] = useState();
  useEffect(() => {
    const packages = { data, theme };
    const answers = panel.targets.map((target) => ({ target, result: record.answers[keyOf(board, panel, target)].result }));
    transformed(packages, panel, framesOf(packages, answers, record.range)).then((found) => {
      const ready = dressed(packages, panel, found);
      data.cacheFieldDisplayNames(ready);
      setFrames(ready);
    });
  }, []);
  return frames;
}

/** The words in the middle of a panel that has no answer. */
function Nothing({ panel, height }) {
  return (
    <div style={{ height, display: "flex", alignItems: "center", justifyContent: "center" }}>
      <span>{panel.fieldConfig.defaults.noValue ?? "No data"}</span>
    </div>
  );
}

/** The panel with its title and description, as PanelChrome of Grafana frames it. */
export function Panel({ board, panel, record, place, onDrawn }) {
  const frames = useFrames(board, panel, record);
  useEffect(() => {
    if (frames !== undefined) {
      onDrawn(panel.id);
    }
  }, [frames]);
  const Kind = KINDS[panel.type];
  const isEmpty = frames !== undefined && frames.every(({ length }) => length === 0);
  const inside = (width, height) => {
    if (frames === undefined) {
      return null;
    }
    // A tile says by itself that there is nothing.
    return isEmpty && panel.type !== "stat" ? (
      <Nothing panel={panel} height={height} />
    ) : (
      <Kind panel={panel} frames={frames} range={record.range} width={width} height={height} />
    );
  };
  const { width, height } = place;
  const padding = UNPADDED.has(panel.type) ? "none" : "md";
  return (
    <div data-empty={isEmpty || undefined}>
      <PanelChrome title={panel.title} description={panel.description} padding={padding} width={width} height={height}>
        {inside}
      </PanelChrome>
    </div>
  );
}
