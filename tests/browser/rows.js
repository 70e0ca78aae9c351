// The rows of channels, and what is said of how a page looks.
/** Every row of a channel in the order of the page. */
export function channelRows(page) {
  return page.locator("[data-channel-row]").evaluateAll((rows) =>
    rows.map((row) => ({
      ...row.dataset,
      name: row.querySelector("th").innerText || row.querySelector("th").textContent,
      reason: row.querySelector('[data-field="reason"]').textContent,
      since: row.querySelector('[data-field="since"] time')?.dateTime,
      hidden: row.hidden,
      visible: row.checkVisibility(),
    })),
  );
}

/** The rows that a visitor sees. */
export async function shownRows(page) {
  return (await channelRows(page)).filter((row) => row.visible);
}

/** Opens the channels without problems where they are folded away, as a visitor does who wants to see everything. */
export async function unfold(page) {
  const folded = page.locator("#others-fold:not([open]) > summary");
  if ((await folded.count()) > 0) {
    await folded.click();
  }
}

/** What is wider than the page, so that it could be read by scrolling sideways only. */
export async function overflowFindings(page) {
  return page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) {
      return [];
    }
    const reaches = (element) =>
      element.checkVisibility() && element.getBoundingClientRect().right > clientWidth + 1;
    const wide = [...document.body.querySelectorAll("*")].filter(reaches).slice(0, 3);
    return [`${scrollWidth} of ${clientWidth} pixels wide: ${wide.map((element) => element.outerHTML.slice(0, 120)).join("; ")}`];
  });
}
