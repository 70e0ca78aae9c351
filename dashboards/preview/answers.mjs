// The names of recorded answers.

/** What names a query among the recorded answers. */
export function keyOf(board, panel, target) {
  return `${board.uid} / ${panel.title} / ${target.refId}`;
}
