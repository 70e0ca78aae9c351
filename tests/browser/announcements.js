// What a page says to screen readers, and the statuses that it says it of.

/** Marks the page, so that a load is noticed, and keeps everything that it announces. */
export const watch = (page) =>
  page.evaluate(() => {
    window.announced = [];
    const announcements = document.getElementById("announcements");
    new MutationObserver(() => window.announced.push(announcements.textContent)).observe(announcements, {
      characterData: true,
      childList: true,
      subtree: true,
    });
  });

/** Everything announced since `watch`, in order; undefined once the page was loaded again. */
export const announced = (page) => page.evaluate(() => window.announced);
