// The stream of events: it goes on where it was after a break, and says so meanwhile.

import { events, take } from "./office.js";
import { $, fill } from "./page.js";

// Milliseconds after which a controller that refuses is asked again: one that restarts does so for a moment.
const AGAIN = 5000;

function link(state) {
  $("link").dataset.is = state;
  $("link").textContent = fill({ here: "live", away: "connecting", out: "logged_out" }[state]);
}

export function listen() {
  const stream = new EventSource("/console/events");
  stream.onopen = () => link("here");
  stream.onerror = () => {
    link(stream.readyState === EventSource.CLOSED ? "out" : "away");
    if (stream.readyState === EventSource.CLOSED) setTimeout(retry, AGAIN);
  };
  for (const name of events) stream.addEventListener(name, (event) => take(name, JSON.parse(event.data)));
}

async function retry() {
  const answer = await fetch("/console/verdicts", { headers: { Accept: "application/json" } }).catch(() => null);
  if (answer?.status === 403) link("out");
  else if (answer?.ok) listen();
  else setTimeout(retry, AGAIN);
}
