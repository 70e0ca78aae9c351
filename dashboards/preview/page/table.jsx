// A table of the first frame, every row and column of it drawn.
import { TableNG } from "@grafana/ui/unstable";

export function TablePanel({ panel, frames, width, height }) {
  const { options, fieldConfig } = panel;
  return (
    <TableNG
      data={frames[0]}
      width={width}
      height={height}
      noHeader={!options.showHeader}
      showTypeIcons={options.showTypeIcons}
      sortBy={options.sortBy}
      cellHeight={options.cellHeight}
      fieldConfig={fieldConfig}
      noValue={fieldConfig.defaults.noValue}
      enableVirtualization={false}
      structureRev={1}
    />
  );
}
