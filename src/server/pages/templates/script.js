// Keeps an open page up to date and filters it in place. The server renders every piece of HTML; this only puts pieces
// where they belong. Without it the page reloads itself and the form is answered by the server.
"use strict";

(() => {
  const SILENCE = 40_000; // The server breaks a silence every 15 seconds.
  const RETRY = 5_000;
  const PATIENCE = 30_000; // So long without a stream, and the page is loaded again instead.
  const REST = 30 * 60_000; // So long out of sight, and the stream is left to others: the title tells trouble till then.
  const MOST_ANNOUNCED = 5;
  const LEAST_AGE = 10_000; // A page that loads itself again has been there for so long.

  const byId = (id) => document.getElementById(id);
  const live = byId("live");
  const form = byId("filter");
  const announcements = byId("announcements");

  // Times: the server's clock counts, not the visitor's.

  let behind = Date.now() - Number(document.body.dataset.now);
  let asOf = Number(document.body.dataset.now);
  const serverNow = () => Date.now() - behind;

  // The same as `elapsed` on the server.
  const elapsed = (milliseconds) => {
    const seconds = Math.max(0, Math.floor(milliseconds / 1000));
    const minutes = Math.floor(seconds / 60);
    const hours = Math.floor(minutes / 60);
    const days = Math.floor(hours / 24);
    const two = (large, unit, small, smallUnit) =>
      small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;
    if (minutes === 0) return `${seconds} s`;
    if (hours === 0) return `${minutes} min`;
    if (days === 0) return two(hours, "h", minutes % 60, "min");
    return days < 10 ? two(days, "d", hours % 24, "h") : `${days} d`;
  };

  const tick = () => {
    for (const time of document.querySelectorAll("time[data-elapsed]")) {
      const text = elapsed(serverNow() - Date.parse(time.dateTime));
      if (time.textContent !== text) time.textContent = text;
    }
  };

  // Filter

  const rows = () => document.querySelectorAll("[data-channel-row]");

  const chosen = () => {
    const data = new FormData(form);
    return {
      platform: data.get("platform"),
      statuses: data.getAll("status"),
      name: data.get("name").trim(),
    };
  };

  const isEmpty = (filter) => !filter.platform && !filter.name && filter.statuses.length === 0;

  const matches = (element, filter, names) =>
    (!filter.platform || element.dataset.platform === filter.platform) &&
    names.some((name) => name.toLowerCase().includes(filter.name.toLowerCase()));

  const filterRows = () => {
    if (!form) return;
    const filter = chosen();
    const shownTargets = new Set();
    let [shown, total] = [0, 0];
    for (const row of rows()) {
      const name = row.querySelector("[data-field=name]").textContent;
      const fits =
        (filter.statuses.length === 0 || filter.statuses.includes(row.dataset.status)) &&
        matches(row, filter, [name, row.dataset.channel, row.dataset.target]);
      row.hidden = !fits;
      total += 1;
      if (fits) {
        shown += 1;
        shownTargets.add(row.dataset.target);
      }
    }
    for (const row of document.querySelectorAll("[data-target-row]")) {
      const { target } = row.dataset;
      row.hidden = !(
        shownTargets.has(target) ||
        (filter.statuses.length === 0 && matches(row, filter, [target]))
      );
    }
    for (const list of ["problems", "others", "targets"]) {
      byId(`${list}-section`).hidden = !byId(list).querySelector(":scope > :not([hidden])");
    }
    byId("shown").hidden = isEmpty(filter);
    const text = `${shown} of ${total} channels fit the filter.`;
    if (byId("shown-text").textContent !== text) byId("shown-text").textContent = text;
  };

  const filterChanged = () => {
    filterRows();
    const filter = chosen();
    if (!isEmpty(filter)) byId("others-fold").open = true;
    const query = new URLSearchParams();
    for (const status of filter.statuses) query.append("status", status);
    if (filter.platform) query.set("platform", filter.platform);
    if (filter.name) query.set("name", filter.name);
    const search = query.size > 0 ? `?${query}` : "";
    history.replaceState(null, "", location.pathname + search + location.hash);
  };

  if (form) {
    document.documentElement.classList.add("scripted");
    form.addEventListener("input", filterChanged);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      filterChanged();
    });
    byId("clear").addEventListener("click", (event) => {
      event.preventDefault();
      for (const box of form.querySelectorAll("input[type=checkbox]")) box.checked = false;
      form.elements.platform.value = "";
      form.elements.name.value = "";
      filterChanged();
      form.elements.name.focus();
    });
    // A browser that went back fills in what was chosen before.
    filterRows();
  }

  // Changes

  const elementOf = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content.firstElementChild;
  };

  const FOCUSABLE = "a[href], summary, button, input, select";

  // Where the focus is among the elements that a change is about to replace, so that it can be found again afterwards.
  const focusIn = (ids) => {
    const active = document.activeElement;
    const id = ids.find((id) => byId(id)?.contains(active));
    return id === undefined ? null : { id, place: [...byId(id).querySelectorAll(FOCUSABLE)].indexOf(active) };
  };

  // Only what is shown can have the focus: behind a row that went into the fold stands the fold, behind one that does not
  // fit the filter the link that shows all.
  const giveFocus = ({ id, place }) => {
    const element = byId(id);
    if (!element || element.contains(document.activeElement)) return;
    const focusable = element.querySelectorAll(FOCUSABLE);
    const like = focusable[Math.max(0, Math.min(place, focusable.length - 1))];
    const fold = element.closest("details:not([open])")?.querySelector(":scope > summary");
    const shown = [like, fold, byId("clear")].find((candidate) => candidate?.checkVisibility());
    shown?.focus({ preventScroll: true });
  };

  // Whether an element says the same as another, whatever time went by and whatever the visitor unfolded.
  const isAlike = (one, other) => {
    const [left, right] = [one, other].map((element) => {
      const copy = element.cloneNode(true);
      for (const time of copy.querySelectorAll("time[data-elapsed]")) time.textContent = "";
      for (const details of copy.querySelectorAll("details[id]")) details.open = false;
      return copy;
    });
    return left.isEqualNode(right);
  };

  // What stays as it is keeps the visitor's selection and the place of a screen reader.
  const replace = ({ id, html }) => {
    const old = byId(id);
    if (old && !isAlike(old, elementOf(html))) put(old, html);
  };

  const put = (old, html) => {
    const element = elementOf(html);
    for (const details of element.querySelectorAll("details[id]")) {
      const before = byId(details.id);
      if (before) details.open = before.open;
    }
    old?.replaceWith(element);
    return element;
  };

  const putRow = ({ id, list, before, html }) => {
    const parent = byId(list);
    const next = before === null ? null : byId(before);
    const element = put(byId(id), html);
    if (element.parentNode !== parent || element.nextElementSibling !== next) parent.insertBefore(element, next);
  };

  // A screen reader that is told too much at once tells nothing.
  const announce = (texts) => {
    const told = texts.slice(-MOST_ANNOUNCED);
    const more = texts.length - told.length;
    announcements.textContent = `${told.join(". ")}.${more > 0 ? ` And ${more} more.` : ""}`;
  };

  const change = ({ now, title, replaced, rows: moved, removed, announced }) => {
    behind = Date.now() - now;
    document.title = title;
    const focus = focusIn([...replaced, ...moved].map(({ id }) => id));
    for (const id of removed) byId(id)?.remove();
    replaced.forEach(replace);
    moved.forEach(putRow);
    filterRows();
    tick();
    // Only now, since the first row of an empty section stays hidden until the rows are counted.
    if (focus) giveFocus(focus);
    if (announced.length > 0) announce(announced);
  };

  // Connection

  let source = null;
  let heard = Date.now();
  let lastId = "";
  let retry = 0;
  let rest = 0;
  let isResting = false;
  let isReloading = false;
  let withoutSince = Date.now();

  const setState = (state) => {
    if (live.dataset.state === "live") withoutSince = Date.now();
    live.dataset.state = state;
    say();
  };

  const clock = (milliseconds) => `${new Date(milliseconds).toISOString().slice(11, 19)} UTC`;

  const say = () => {
    const text = {
      live: () => "Live",
      connecting: () => "Connecting…",
      lost: () =>
        `No connection: everything here is from ${clock(asOf)}, ${elapsed(serverNow() - asOf)} ago. Trying to reconnect.`,
    }[live.dataset.state]?.();
    if (text !== undefined && live.textContent !== text) live.textContent = text;
  };

  const heardSomething = (event) => {
    heard = Date.now();
    asOf = serverNow();
    if (event?.lastEventId) lastId = event.lastEventId;
    if (live.dataset.state !== "live") setState("live");
  };

  const connect = () => {
    clearTimeout(retry);
    const url = new URL(document.body.dataset.live, location.href);
    if (lastId) url.searchParams.set("since", lastId);
    heard = Date.now();
    source = new EventSource(url);
    source.addEventListener("open", heardSomething);
    source.addEventListener("alive", heardSomething);
    source.addEventListener("change", (event) => {
      change(JSON.parse(event.data));
      heardSomething(event);
    });
    source.addEventListener("reload", reload);
    source.addEventListener("error", () => {
      setState("lost");
      if (source.readyState === EventSource.CLOSED) reconnectSoon();
    });
  };

  const reconnectSoon = () => {
    source.close();
    clearTimeout(retry);
    retry = setTimeout(connect, RETRY);
  };

  // Behind two exporters a page may come from the one and its stream from the other, which asks for the page again: without
  // a pause that would go on as fast as it can. A browser that keeps nothing waits every time.
  const pauseBeforeReload = () => {
    try {
      const age = Date.now() - Number(sessionStorage.getItem("reloaded"));
      return age < 0 ? LEAST_AGE : Math.max(0, LEAST_AGE - age);
    } catch {
      return LEAST_AGE;
    }
  };

  const reload = () => {
    source.close();
    clearTimeout(retry);
    if (isReloading) return;
    isReloading = true;
    setTimeout(() => {
      try {
        sessionStorage.setItem("reloaded", String(Date.now()));
      } catch {
        // The pause before the next one is as long as it can be.
      }
      location.reload();
    }, pauseBeforeReload());
  };

  // Without a stream the page is as fresh as its last load. An answer that is no page must not take the place of this one.
  const reloadIfAnswered = async () => {
    withoutSince = Date.now();
    try {
      const answer = await fetch(location.href, { method: "HEAD", cache: "no-store" });
      if (live.dataset.state !== "live" && (answer.ok || answer.status === 404)) reload();
    } catch {
      // Nobody answers; the line at the top says so already.
    }
  };

  const takeRest = () => {
    isResting = true;
    clearTimeout(retry);
    source.close();
  };

  const visibilityChanged = () => {
    clearTimeout(rest);
    if (document.hidden) {
      rest = setTimeout(takeRest, REST);
    } else if (isResting) {
      isResting = false;
      setState("connecting");
      connect();
    }
  };

  const look = () => {
    tick();
    say();
    if (isResting || isReloading) return;
    if (source.readyState !== EventSource.CLOSED && Date.now() - heard > SILENCE) {
      setState("lost");
      reconnectSoon();
    }
    if (live.dataset.state !== "live" && Date.now() - withoutSince > PATIENCE) reloadIfAnswered();
  };

  if (document.body.dataset.live) {
    setState("connecting");
    connect();
    setInterval(look, 1000);
    document.addEventListener("visibilitychange", visibilityChanged);
    visibilityChanged();
    addEventListener("pagehide", () => source.close());
    addEventListener("pageshow", (event) => {
      if (event.persisted) location.reload();
    });
  }
})();
