// What the dashboards promise to show, in words of their own: from the number of an answer to a text and a colour.

export const DASH = "–";

const inWords = (words) => (value) => words[value];
const upTo = (limits) => (value) => limits.findLast(([from]) => value >= from)[1];
const of = (text, color) => ({ text, color });
const whole = (value) => String(Math.round(value));

const pad = (value) => String(value).padStart(2, "0");
/** Hours, minutes and seconds; a day is 24 hours, parts of a second are left out. */
function clock(value) {
  if (value < 0) {
    return `${clock(-value)} ago`;
  }
  const seconds = Math.floor(value);
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(pad).join(":");
}

/** The same with days before it, where there are any. */
function days(value) {
  const count = Math.floor(value / 86_400);
  return count >= 1 ? `${count} d ${clock(value - 86_400 * count)}` : clock(value);
}

// What stands behind a text; nothing is behind a number that is neither good nor bad.
const BEHIND = { green: "#2e7d32", orange: "#ffb357", red: "#c4162a", blue: "#1f60c4", purple: "#8f3bb8", grey: "#6e6e6e" };
export const RED_FILL = BEHIND.red;
const NOTHING_BEHIND = "transparent";

/** A promise with its colours behind the texts; where it has no value, nothing is. */
const filled = (promise) => {
  const shown = (value) => {
    const { text, color } = promise(value) ?? {};
    return text === undefined ? undefined : of(text, BEHIND[color] ?? NOTHING_BEHIND);
  };
  return Object.assign(shown, { nothing: of(DASH, NOTHING_BEHIND) });
};

const plain = (value) => of(whole(value), "text");
const counted = (limits) => (value) => of(whole(value), upTo(limits)(value));
/** A 0 is not praised: it may as well mean that nobody looked. */
const tinted = (color) => counted([[-Infinity, "text"], [1, color]]);
/** A closed channel, or one that takes no chats, has a 0 that is no fault; the queries make -1 of it. */
const noneIsBad = (value) => (value === -1 ? of("0", "text") : counted([[-Infinity, "orange"], [1, "text"]])(value));
const LOST = 1_000_000_000;
const live = (value) => {
  const late = value < LOST ? of("Partly stale", "red") : of("Missing", "red");
  return value <= 3 ? of("Live", "green") : late;
};
const up = inWords({ 1: of("Up", "green"), 0: of("Down", "red") });
const status = inWords([
  of("OK", "green"),
  of("Closed", "grey"),
  of("Maintenance", "blue"),
  of("Unknown", "purple"),
  of("Degraded", "orange"),
  of("Down", "red"),
]);
const timeOfDay = (value) => of(new Date(value).toISOString().slice(11, 19), "text");

/** The tiles: board and title -> what a number becomes. */
export const TILES = {
  "webchat-wallboard / Down": filled(tinted("red")),
  "webchat-wallboard / Degraded": filled(tinted("orange")),
  "webchat-wallboard / Unknown": filled(tinted("purple")),
  "webchat-wallboard / Waiting": plain,
  "webchat-wallboard / Longest wait": (value) => of(clock(value), "text"),
  "webchat-wallboard / Waits over limit": filled(tinted("orange")),
  "webchat-wallboard / Agents": noneIsBad,
  "webchat-wallboard / Free slots": noneIsBad,
  "webchat-wallboard / Data": filled(live),
  "webchat-wallboard / As of": timeOfDay,
  "webchat-wallboard / Channels now": filled(status),
  "webchat-overview / Down": tinted("red"),
  "webchat-overview / Degraded": tinted("orange"),
  "webchat-overview / Unknown": tinted("purple"),
  "webchat-overview / Maintenance": tinted("blue"),
  "webchat-overview / Closed": tinted("#8e8e8e"),
  "webchat-overview / OK": tinted("green"),
  "webchat-overview / Critical alerts": filled(tinted("red")),
  "webchat-overview / Data": filled(live),
  "webchat-overview / As of": timeOfDay,
  "webchat-chime / Data": filled(live),
  "webchat-comm100 / Data": filled(live),
  "webchat-egain / Data": filled(live),
  "webchat-xima / Data": filled(live),
};

/** What tiles show without an answer: grey, as nothing is known, but for those to which silence is the fault. */
export const NOTHING_KNOWN = of("No data", "#8e8e8e");
const NOTHING_KNOWN_FILLED = of("No data", BEHIND.grey);
export const SILENT_TILES = {
  "webchat-wallboard / Down": NOTHING_KNOWN_FILLED,
  "webchat-wallboard / Degraded": NOTHING_KNOWN_FILLED,
  "webchat-wallboard / Unknown": NOTHING_KNOWN_FILLED,
  "webchat-wallboard / Waits over limit": NOTHING_KNOWN_FILLED,
  "webchat-wallboard / Channels now": NOTHING_KNOWN_FILLED,
  "webchat-wallboard / Data": of("NO DATA", BEHIND.red),
  "webchat-overview / Critical alerts": of("No rules", BEHIND.grey),
  "webchat-overview / Data": of("NO DATA", BEHIND.red),
  "webchat-chime / Data": of("NO DATA", BEHIND.red),
  "webchat-comm100 / Data": of("NO DATA", BEHIND.red),
  "webchat-egain / Data": of("NO DATA", BEHIND.red),
  "webchat-xima / Data": of("NO DATA", BEHIND.red),
};

const uncolored = (text) => (value) => ({ text: text(value) });
const moment = (value) => new Date(value).toISOString().slice(0, 19).replace("T", " ");
const ofLimit = (value) => {
  const limits = [[-Infinity, "text"], [1, "orange"]];
  return of(`${Math.round(100 * value)}%`, upTo(limits)(value));
};
const SIGNALS = ["Few agents", "Few free slots", "Utilization", "Queue length", "Longest wait", "Average wait", "Estimated wait"];
const DOWN = 10;
const pastLimit = (value) => {
  const signal = SIGNALS[(value % DOWN) - 1];
  return signal === undefined || value > 2 * DOWN ? undefined : of(signal, value > DOWN ? "red" : "orange");
};
const channelColumns = {
  Status: filled(status),
  "Takes chats": inWords([
    of("Takes chats", "green"),
    of("Other reason", "orange"),
    of("Switched off", "orange"),
    of("Queue full", "orange"),
    of("No agent", "orange"),
    of("Unreachable", "red"),
    of("Unknown to the platform", "red"),
    of("Service down", "red"),
  ]),
  "Past limit": pastLimit,
  Waiting: uncolored(whole),
  Wait: uncolored(clock),
  "Of limit": ofLimit,
  Agents: noneIsBad,
  "Free slots": noneIsBad,
  For: uncolored(days),
  Data: live,
};
// The wallboard has no room for the last one.
const { Data: _, ...columnsOfTheWall } = channelColumns;
const CHANNEL = { Channel: "channel", Platform: "platform", Target: "target" };
const TARGET = { Platform: "platform", Target: "target" };

const severity = (value) => {
  const words = [of("…", "text"), of("Info", "blue"), of("Warning", "orange"), of("Critical", "red")];
  // The older an alert, the less is its number, which is never half a severity.
  const isHalf = value > 0 && Math.ceil(value) - value >= 0.5;
  return isHalf ? undefined : words[Math.ceil(value)];
};
/** The alerts of the recorded outage in plain words. */
const ALERTS = {
  ChimeQueueProcessDown: "Queue process down",
  EgainAssignmentServiceDown: "Assignment down",
  WebchatAvailabilityBudgetBurn: "Error budget burns",
  WebchatChannelDegraded: "Channel degraded",
  WebchatChannelDown: "Channel down",
  WebchatNoAgentsOnline: "No agent online",
  XimaCredentialsRejected: "Credentials rejected",
};

/**
 * The tables: board and title -> columns of labels by their label, and columns of values in the order of the queries; `words` are
 * what some labels become.
 */
export const TABLES = {
  "webchat-wallboard / Channels": { labels: CHANNEL, values: columnsOfTheWall },
  "webchat-overview / Channels": { labels: CHANNEL, values: channelColumns },
  "webchat-overview / Channels with a problem": {
    labels: CHANNEL,
    values: Object.fromEntries(["Status", "Takes chats", "Past limit", "For", "Data"].map((name) => [name, channelColumns[name]])),
  },
  "webchat-wallboard / Alerts firing": {
    labels: { Alert: "alertname", About: "about" },
    words: ALERTS,
    values: { Level: severity, For: uncolored(days) },
  },
  "webchat-overview / Collectors that fail": {
    labels: { ...TARGET, Collector: "collector", Reason: "reason" },
    values: { "Since last success": (value) => of(days(value), "red") },
  },
  "webchat-overview / Targets": {
    labels: TARGET,
    values: {
      Answers: filled(up),
      "Collectors failing": tinted("red"),
      Data: live,
      "Data age": uncolored(days),
      "Series dropped": tinted("red"),
    },
  },
  "webchat-overview / Planned maintenance": {
    labels: CHANNEL,
    values: { Begins: uncolored(moment), Ends: uncolored(moment) },
  },
};

/** Numbers at which some text or colour changes, and those of states. */
export const NUMBERS = [-1, 0, 0.5, 0.79, 0.8, 0.99, 1, 1.99, 2, 2.99, 3, 3.5, 4, 5, 6, 7, 11, 17, 59, 130, 3600, 86_399.9, 90_061, LOST - 1, LOST];
