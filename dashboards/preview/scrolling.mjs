// What may scroll, and why. Everything else is in sight as a whole.

const ALERTS = "As many rows as alerts; the most severe are in sight.";
const COLLECTORS = "The legend has a name for each collector of each target.";
const ENDPOINTS = "The legend has a name for each endpoint of each vendor.";
const MAY_SCROLL = {
  "webchat-overview / Channels with a problem": "As many rows as such channels; the worst are in sight.",
  "webchat-wallboard / Alerts firing": ALERTS,
  "webchat-alerts / Firing now: channels": ALERTS,
  "webchat-channels / Limits in force": "As many rows as limits of all channels.",
  "webchat-exporter / Interval in use": COLLECTORS,
  "webchat-exporter / Failed polls": COLLECTORS,
  "webchat-exporter / Skipped polls": COLLECTORS,
  "webchat-exporter / Vendor latency, median": ENDPOINTS,
  "webchat-exporter / Vendor latency, 90th percentile": ENDPOINTS,
  "webchat-exporter / Vendor latency, 99th percentile": ENDPOINTS,
  "webchat-exporter / Vendor latency, mean": ENDPOINTS,
};

/** Whether the panel is excused for it. */
export function mayScroll(uid, { panel, problem }) {
  return problem === "scrolls down" && `${uid} / ${panel}` in MAY_SCROLL;
}
