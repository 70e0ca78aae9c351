// Tiles: one for each value.
import { getDisplayValueAlignmentFactors, getFieldDisplayValues } from "@grafana/data";
import { BigValue, VizRepeater, useTheme2 } from "@grafana/ui";

export function StatPanel({ panel, frames, width, height }) {
  const theme = useTheme2();
  const { options, fieldConfig } = panel;
  const given = { data: frames, reduceOptions: options.reduceOptions, fieldConfig, replaceVariables: (text) => text, theme };
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
  return (
    <VizRepeater
      source={frames}
      renderCounter={0}
      width={width}
      height={height}
      itemSpacing={3}
      autoGrid
      orientation={options.orientation}
      getValues={() => getFieldDisplayValues(given)}
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      renderValue={tile}
    />
  );
}
