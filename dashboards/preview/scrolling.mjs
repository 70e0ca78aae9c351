// What may scroll, and why. Everything else is in sight as a whole.

const MAY_SCROLL = {
  "webchat-overview / Channels with a problem": "As many rows as such channels; the worst are in sight.",
  "webchat-alerts / Firing now: channels": "As many rows as alerts; the most severe are in sight.",
  "webchat-alerts / Firing now: platforms": "As many rows as alerts; the most severe are in sight.",
  "webchat-channels / Limits in force": "As many rows as limits of all channels.",
  "webchat-exporter / Endpoints": "As many rows as endpoints; the slowest are in sight.",
};

/** Whether the panel is excused for it. */
export function mayScroll(uid, { panel, problem }) {
  return problem === "scrolls down" && `${uid} / ${panel}` in MAY_SCROLL;
}
