// What of a page cannot be read: this runs in the page.

/** Everything that is cut off, scrolls or is too small, as `{panel, problem}`. */
export function cutOff() {
  // Boxes are rounded to pixels; letters are less high than their box.
  const SLACK = { across: 1, down: 3 };
  const LOWEST_BAND = 14;
  const nameOf = (element) => element.dataset.title ?? element.textContent;
  const clips = (element, side) => getComputedStyle(element)[`overflow${side}`] !== "visible";
  const isForScreenReaders = (element) => element.clientWidth <= 1 && clips(element, "X");

  /** The first of the boxes around a text, up to its panel, out of which it reaches. */
  function clippedBy(rect, element, panel) {
    for (let box = element; box !== null; box = box.parentElement) {
      const { left, right, top, bottom } = box.getBoundingClientRect();
      const isAcross = box === panel || clips(box, "X");
      const isDown = box === panel || clips(box, "Y");
      if (isAcross && (rect.right > right + SLACK.across || rect.left < left - SLACK.across)) {
        return "is too wide";
      }
      if (isDown && (rect.bottom > bottom + SLACK.down || rect.top < top - SLACK.down)) {
        return "is too high";
      }
      if (box === panel) {
        return undefined;
      }
    }
    return undefined;
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
      const reason = clippedBy(rect, element, panel);
      if (reason !== undefined) {
        yield `"${text}" ${reason}`;
      }
    }
    for (const box of panel.querySelectorAll("*")) {
      const [across, down] = [box.scrollWidth - box.clientWidth, box.scrollHeight - box.clientHeight];
      const { overflowX, overflowY } = getComputedStyle(box);
      if (across > SLACK.across && ["auto", "scroll"].includes(overflowX)) {
        yield `${across} pixels are to the right of what is shown`;
      }
      if (down > SLACK.down && ["auto", "scroll"].includes(overflowY)) {
        yield `${down} pixels are below what is shown`;
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
