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

const plain = (value) => of(whole(value), "text");
const counted = (limits) => (value) => of(whole(value), upTo(limits)(value));
const noneIsGood = counted([[-Infinity, "green"], [1, "red"]]);
/** A closed channel has a 0 that is no fault; the queries make -1 of it. */
const noneIsBad = (value) => (value === -1 ? of("0", "text") : counted([[-Infinity, "orange"], [1, "text"]])(value));
const tinted = (color) => counted([[-Infinity, "text"], [1, color]]);
const live = (value) => (value <= 3 ? of("Live", "green") : of("Partly stale", "red"));
const up = inWords({ 1: of("Up", "green"), 0: of("Down", "red") });

/** The tiles: board and title -> what a number becomes. */
export const TILES = {
  "webchat-wallboard / Channels down": noneIsGood,
  "webchat-wallboard / Channels degraded": counted([[-Infinity, "green"], [1, "orange"]]),
  "webchat-wallboard / Chats waiting": plain,
  "webchat-wallboard / Longest wait": (value) => of(clock(value), "text"),
  "webchat-wallboard / Waits over limit": counted([[-Infinity, "green"], [1, "orange"]]),
  "webchat-wallboard / Agents online": noneIsBad,
  "webchat-wallboard / Free slots": noneIsBad,
  "webchat-wallboard / Data": live,
  "webchat-overview / Channels: Down": tinted("red"),
  "webchat-overview / Channels: Degraded": tinted("orange"),
  "webchat-overview / Channels: Unknown": tinted("purple"),
  "webchat-overview / Channels: Maintenance": tinted("blue"),
  "webchat-overview / Channels: Closed": tinted("#8e8e8e"),
  "webchat-overview / Channels: OK": tinted("green"),
  "webchat-overview / Platforms": up,
  "webchat-overview / Data": live,
  "webchat-chime / Data": live,
  "webchat-comm100 / Data": live,
  "webchat-egain / Data": live,
  "webchat-xima / Data": live,
};

/** What tiles show without an answer: grey, as nothing is known, but for those to which silence is the fault. */
export const NOTHING_KNOWN = of("No data", "#8e8e8e");
export const SILENT_TILES = {
  "webchat-wallboard / Data": of("NO DATA", "red"),
  "webchat-overview / Data": of("NO DATA", "red"),
  "webchat-chime / Data": of("NO DATA", "red"),
  "webchat-comm100 / Data": of("NO DATA", "red"),
  "webchat-egain / Data": of("NO DATA", "red"),
  "webchat-xima / Data": of("NO DATA", "red"),
};

const uncolored = (text) => (value) => ({ text: text(value) });
const moment = (value) => new Date(value).toISOString().slice(0, 19).replace("T", " ");
const ofLimit = (value) => {
  const limits = [[-Infinity, "green"], [1, "orange"]];
  return of(`${Math.round(100 * value)}%`, upTo(limits)(value));
};
const channelColumns = {
  Status: inWords([
    of("OK", "green"),
    of("Closed", "#8e8e8e"),
    of("Maintenance", "blue"),
    of("Unknown", "purple"),
    of("Degraded", "orange"),
    of("Down", "red"),
  ]),
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
  Waiting: uncolored(whole),
  Wait: uncolored(clock),
  "Of limit": ofLimit,
  Agents: noneIsBad,
  "Free slots": noneIsBad,
  For: uncolored(days),
  Data: live,
};
const CHANNEL = { Channel: "channel", Platform: "platform", Target: "target" };
const TARGET = { Platform: "platform", Target: "target" };

/** The tables: board and title -> columns of labels by their label, and columns of values in the order of the queries. */
export const TABLES = {
  "webchat-wallboard / Channels": { labels: CHANNEL, values: channelColumns },
  "webchat-overview / Channels": { labels: CHANNEL, values: channelColumns },
  "webchat-overview / Channels with a problem": {
    labels: CHANNEL,
    values: Object.fromEntries(["Status", "Takes chats", "For", "Data"].map((name) => [name, channelColumns[name]])),
  },
  "webchat-wallboard / Alerts firing": {
    labels: { Alert: "alertname" },
    values: {
      Severity: inWords({ 1: of("Info", "blue"), 2: of("Warning", "orange"), 3: of("Critical", "red") }),
      Count: uncolored(whole),
    },
  },
  "webchat-overview / Collectors that fail": {
    labels: { ...TARGET, Collector: "collector", Reason: "reason" },
    values: { Failing: inWords({ 0: of("Well", "green"), 1: of("Failing", "red") }) },
  },
  "webchat-overview / Targets": {
    labels: TARGET,
    values: {
      Answers: up,
      "Collectors failing": noneIsGood,
      Data: live,
      "Data age": uncolored(days),
      "Series dropped": noneIsGood,
    },
  },
  "webchat-overview / Planned maintenance": {
    labels: CHANNEL,
    values: { Begins: uncolored(moment), Ends: uncolored(moment) },
  },
};

/** Numbers at which some text or colour changes, and those of states. */
export const NUMBERS = [-1, 0, 0.5, 0.79, 0.8, 0.99, 1, 2, 3, 3.5, 4, 5, 6, 7, 59, 130, 3600, 86_399.9, 90_061];
