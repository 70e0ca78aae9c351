// What is red on a page: this runs in the page.

/** The titles of panels with red tiles, and the tables in which a row is red, as `{tiles, tables: {title: [row, ...]}}`. */
export function redThings() {
  /** Whether a colour is one that people call red, strong enough to be seen. */
  function isRed(color) {
    const [red, green, blue, alpha = 1] = (color.match(/[\d.]+/g) ?? []).map(Number);
    const [most, least] = [Math.max(red, green, blue), Math.min(red, green, blue)];
    const hue = most === red ? (60 * (green - blue)) / (most - least) : 180;
    return alpha > 0.5 && most > 120 && most - least > 80 && Math.abs(hue) < 20;
  }
  function looksRed(element) {
    const { color, backgroundColor } = getComputedStyle(element);
    return isRed(backgroundColor) || isRed(color);
  }
  const hasRed = (element) => [element, ...element.querySelectorAll("*")].some(looksRed);
  const titleOf = (panel) => panel.dataset.title;
  const tiles = [...document.querySelectorAll('section[data-type="stat"]')].filter((panel) => [...panel.querySelectorAll(".tile")].some(hasRed));
  const tables = [...document.querySelectorAll('section[data-type="table"]')].map((panel) => {
    const rows = [...panel.querySelectorAll('[role="row"]')].filter((row) => row.querySelector('[role="gridcell"]') !== null);
    return [titleOf(panel), rows.flatMap((row, index) => (hasRed(row) ? [index] : []))];
  });
  return { tiles: tiles.map(titleOf), tables: Object.fromEntries(tables.filter(([, rows]) => rows.length > 0)) };
}
