// Bars: one for each value.
import { getDisplayValueAlignmentFactors, getFieldDisplayValues } from "@grafana/data";
import { BarGauge, VizRepeater, useTheme2 } from "@grafana/ui";

const SPACING = 10;

export function BarGaugePanel({ panel, frames, width, height }) {
  const theme = useTheme2();
  const { options, fieldConfig } = panel;
  const given = { data: frames, reduceOptions: options.reduceOptions, fieldConfig, replaceVariables: (text) => text, theme };
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
    <VizRepeater
      source={frames}
      renderCounter={0}
      width={width}
      height={height}
      itemSpacing={SPACING}
      minVizWidth={options.minVizWidth}
      minVizHeight={options.minVizHeight}
      maxVizHeight={options.maxVizHeight}
      orientation={options.orientation}
      getValues={() => getFieldDisplayValues(given)}
      getAlignmentFactors={(values) => getDisplayValueAlignmentFactors(values)}
      renderValue={bar}
    />
  );
}
