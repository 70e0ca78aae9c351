// Tiles: one for each value.
import { BigValue, useTheme2 } from "@grafana/ui";

import { Values } from "./values.jsx";

export function StatPanel({ panel, frames, width, height }) {
  const theme = useTheme2();
  const { options } = panel;
  const tile = ({ value, width, height, alignmentFactors, count }) => (
    <BigValue
      value={value.display}
      count={count}
      width={width}
      height={height}
      theme={theme}
      alignmentFactors={alignmentFactors}
      colorMode={options.colorMode}
      graphMode={options.graphMode}
      justifyMode={options.justifyMode}
      textMode={options.textMode}
      text={options.text}
      disableWideLayout={!options.wideLayout}
      className="tile"
    />
  );
  return <Values panel={panel} frames={frames} draw={tile} width={width} height={height} itemSpacing={3} autoGrid />;
}
