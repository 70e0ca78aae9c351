// What is red on a page: this runs in the page.

/**
 * The titles of panels with red tiles, those of tables that begin with a row with red in it, and those of tables with a cell that is
 * filled with red, as `{tiles, tables, filled}`.
 */
export function redThings() {
  /** Whether a colour is one that people call red, strong enough to be seen. */
  function isRed(color) {
    const [red, green, blue, alpha = 1] = (color.match(/[\d.]+/g) ?? []).map(Number);
    const [most, least] = [Math.max(red, green, blue), Math.min(red, green, blue)];
    const hue = most === red ? (60 * (green - blue)) / (most - least) : 180;
    return alpha > 0.5 && most > 120 && most - least > 80 && Math.abs(hue) < 20;
  }
  const isWritten = (element) => isRed(getComputedStyle(element).color);
  const isFilled = (element) => isRed(getComputedStyle(element).backgroundColor);
  const has = (look) => (element) => [element, ...element.querySelectorAll("*")].some(look);
  const hasRed = has((element) => isWritten(element) || isFilled(element));
  const panels = (type) => [...document.querySelectorAll(`section[data-type="${type}"]`)];
  const firstRow = (panel) => panel.querySelector('[role="row"]:has([role="gridcell"])');
  const titles = (chosen) => chosen.map((panel) => panel.dataset.title);
  return {
    tiles: titles(panels("stat").filter((panel) => [...panel.querySelectorAll(".tile")].some(hasRed))),
    tables: titles(panels("table").filter((panel) => firstRow(panel) !== null && hasRed(firstRow(panel)))),
    filled: titles(panels("table").filter(has(isFilled))),
  };
}
