// Bars: one for each value.
import { BarGauge, useTheme2 } from "@grafana/ui";

import { Values } from "./values.jsx";

const SPACING = 10;

export function BarGaugePanel({ panel, frames, width, height }) {
  const theme = useTheme2();
  const { options } = panel;
  const bar = ({ value, width, height, orientation, alignmentFactors }) => (
    <BarGauge
      value={value.display}
      field={value.field}
      display={value.view?.getFieldDisplayProcessor(value.colIndex)}
      width={width}
      height={height}
      orientation={orientation}
      theme={theme}
      itemSpacing={SPACING}
      text={options.text}
      alignmentFactors={alignmentFactors}
      displayMode={options.displayMode}
      showUnfilled={options.showUnfilled}
      valueDisplayMode={options.valueMode}
      namePlacement={options.namePlacement}
    />
  );
  return (
    <Values
      panel={panel}
      frames={frames}
      draw={bar}
      width={width}
      height={height}
      itemSpacing={SPACING}
      minVizWidth={options.minVizWidth}
      minVizHeight={options.minVizHeight}
      maxVizHeight={options.maxVizHeight}
    />
  );
}
