// What of a page cannot be read: this runs in the page.

/** Everything that is cut off, scrolls or is too small, as `{panel, problem}`. */
export function cutOff() {
  // Boxes are rounded to pixels.
  const SLACK = 1;
  // Letters are less high than the box of their line.
  const AIR = 0.25;
  const LOWEST_BAND = 14;
  const nameOf = (element) => element.dataset.title ?? element.textContent;
  const overflow = (element, side) => getComputedStyle(element)[`overflow${side}`];
  const clips = (element, side) => overflow(element, side) !== "visible";
  const scrolls = (element, side) => ["auto", "scroll"].includes(overflow(element, side));
  const isForScreenReaders = (element) => element.clientWidth <= 1 && clips(element, "X");

  /** Whether a text reaches out of the panel or of a box in it that hides the rest; what scrolls is told of apart. */
  function isClipped(rect, element, panel, side, from, to, slack) {
    for (let box = element; box !== null; box = box.parentElement) {
      const bounds = box.getBoundingClientRect();
      if (box !== panel && scrolls(box, side)) {
        return false;
      }
      if ((box === panel || clips(box, side)) && (rect[to] > bounds[to] + slack || rect[from] < bounds[from] - slack)) {
        return true;
      }
      if (box === panel) {
        return false;
      }
    }
    return false;
  }

  function* texts(panel) {
    const walker = document.createTreeWalker(panel, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      range.selectNodeContents(walker.currentNode);
      const rect = range.getBoundingClientRect();
      if (rect.width > 0 && element.checkVisibility({ visibilityProperty: true }) && !isForScreenReaders(element)) {
        yield { text: walker.currentNode.textContent, rect, element };
      }
    }
  }

  function* problemsIn(panel) {
    for (const { text, rect, element } of texts(panel)) {
      if (isClipped(rect, element, panel, "X", "left", "right", SLACK)) {
        yield `"${text}" is too wide`;
      }
      if (isClipped(rect, element, panel, "Y", "top", "bottom", AIR * rect.height)) {
        yield `"${text}" is too high`;
      }
    }
    for (const box of panel.querySelectorAll("*")) {
      if (box.scrollWidth > box.clientWidth + SLACK && scrolls(box, "X")) {
        yield "scrolls to the right";
      }
      if (box.scrollHeight > box.clientHeight + SLACK && scrolls(box, "Y")) {
        yield "scrolls down";
      }
    }
    for (const band of panel.querySelectorAll(".states")) {
      if (band.clientHeight < LOWEST_BAND) {
        yield `a line of states is ${band.clientHeight} pixels high`;
      }
    }
  }

  const panels = [...document.querySelectorAll("section.panel, .heading, .controls")];
  return panels.flatMap((panel) => [...new Set(problemsIn(panel))].map((problem) => ({ panel: nameOf(panel), problem })));
}

/** By how many pixels the page is larger than the window. */
export function beyondWindow() {
  const { scrollWidth, scrollHeight } = document.documentElement;
  return { across: scrollWidth - window.innerWidth, down: scrollHeight - window.innerHeight };
}
