// One drawing for each value of the frames, in as many rows and columns as fit.
import { getDisplayValueAlignmentFactors, getFieldDisplayValues } from "@grafana/data";
import { VizRepeater, useTheme2 } from "@grafana/ui";

/** `draw` makes the drawing of a value; what else is given goes to Grafana's repeater. */
export function Values({ panel, frames, draw, ...layout }) {
  const theme = useTheme2();
  const { options, fieldConfig } = panel;
  const given = { data: frames, reduceOptions: options.reduceOptions, fieldConfig, replaceVariables: (text) => text, theme };
  return (
    <VizRepeater
      source={frames}
      renderCounter={0}
      orientation={options.orientation}
      getValues={() => getFieldDisplayValues(given)}
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      renderValue={draw}
      {...layout}
    />
  );
}
