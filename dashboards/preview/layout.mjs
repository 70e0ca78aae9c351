// How Grafana lays a dashboard out: 24 columns, cells of 30 pixels, gaps of 8.

const COLUMNS = 24;
const CELL = 30;
const GAP = 8;
export const PADDING = 16;
export const CONTROLS_HEIGHT = 48;

/** Where a panel is, in pixels of a board that is so wide. */
export function placeOf({ x, y, w, h }, width) {
  const column = (width - GAP * (COLUMNS - 1)) / COLUMNS;
  return {
    left: Math.round(x * (column + GAP)),
    top: y * (CELL + GAP),
    width: Math.round(w * column + (w - 1) * GAP),
    height: h * CELL + (h - 1) * GAP,
  };
}

/** The height of all panels. */
export function heightOf(board) {
  return Math.max(...board.panels.map(({ gridPos: { y, h } }) => (y + h) * (CELL + GAP) - GAP));
}
