// What an outage must show at a glance; a quiet day has neither a red tile nor a cell filled with red.

// The tiles that are red in an outage, and the tables whose first row is.
const IN_AN_OUTAGE = {
  "webchat-wallboard": { tiles: ["Down", "Data", "Channels now"], tables: ["Channels", "Alerts firing"] },
  "webchat-overview": {
    tiles: ["Down", "Critical alerts", "Data"],
    tables: ["Channels with a problem", "Collectors that fail", "Channels"],
  },
  "webchat-channels": { tiles: [], tables: ["Now"] },
  "webchat-chime": { tiles: ["System", "Queues not available", "Queue processes down", "Unplanned outages"], tables: ["Outages by queue"] },
  "webchat-egain": { tiles: ["Chat not allowed"], tables: ["Entry points"] },
  "webchat-xima": { tiles: ["Credentials accepted", "Collectors failing", "Data"], tables: [] },
  "webchat-slo": { tiles: ["Channels over budget"], tables: ["Burn rates now"] },
  "webchat-exporter": { tiles: [], tables: ["Collectors"] },
  "webchat-alerts": { tiles: ["Critical alerts"], tables: ["Firing now: channels", "Firing now: platforms"] },
};

/** What is not as promised, as lines; `red` is what `redThings` found on the page. */
export function glanceProblems(uid, scenario, red) {
  if (scenario === "normal") {
    return [...red.tiles, ...red.filled].map((title) => `${title}: red on a quiet day`);
  }
  const { tiles, tables } = IN_AN_OUTAGE[uid] ?? { tiles: [], tables: [] };
  return [
    ...tiles.filter((title) => !red.tiles.includes(title)).map((title) => `${title}: not red in an outage`),
    ...tables.filter((title) => !red.tables.includes(title)).map((title) => `${title}: the first row is not red in an outage`),
  ];
}
