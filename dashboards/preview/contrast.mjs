// What of a page is hard to read for want of contrast: this runs in the page.

/** The texts of tiles and cells on a colour of their own that stand out too little from it, as `{panel, problem}`. */
export function paleTexts() {
  // What WCAG asks of a text of ordinary size.
  const ENOUGH = 4.5;
  const channels = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const isFilled = (element) => {
    const [, , , alpha = 1] = channels(getComputedStyle(element).backgroundColor);
    return alpha > 0.5;
  };

  function luminance(color) {
    const [red, green, blue] = channels(color)
      .slice(0, 3)
      .map((value) => value / 255)
      .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function contrast(one, other) {
    const [lighter, darker] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (lighter + 0.05) / (darker + 0.05);
  }

  /** The closest colour behind an element, within its tile or cell; null if there is none. */
  function fillBehind(element, within) {
    for (let box = element; box !== within.parentElement; box = box.parentElement) {
      if (isFilled(box)) {
        return getComputedStyle(box).backgroundColor;
      }
    }
    return null;
  }

  function* problemsIn(panel) {
    for (const within of panel.querySelectorAll('.tile, [role="gridcell"]')) {
      for (const element of [within, ...within.querySelectorAll("*")]) {
        const hasText = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== "");
        const fill = hasText ? fillBehind(element, within) : null;
        const found = fill === null ? ENOUGH : contrast(getComputedStyle(element).color, fill);
        if (found < ENOUGH) {
          yield `"${element.textContent}" has a contrast of ${found.toFixed(1)}`;
        }
      }
    }
  }

  const panels = [...document.querySelectorAll("section.panel")];
  return panels.flatMap((panel) => [...new Set(problemsIn(panel))].map((problem) => ({ panel: panel.dataset.title, problem })));
}
