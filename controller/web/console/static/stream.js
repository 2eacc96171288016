// The stream of events: it goes on where it was after a break, and says so meanwhile.

import { later } from "./asking.js";
import { events, take } from "./office.js";
import { $, fill } from "./page.js";

function link(state) {
  $("link").dataset.is = state;
  $("link").textContent = fill({ here: "live", away: "connecting", out: "logged_out" }[state]);
}

export function listen() {
  const stream = new EventSource("/console/events");
  stream.onopen = () => link("here");
  stream.onerror = () => {
    link(stream.readyState === EventSource.CLOSED ? "out" : "away");
    if (stream.readyState === EventSource.CLOSED) retry();
  };
  for (const name of events) stream.addEventListener(name, (event) => take(name, JSON.parse(event.data)));
}

async function retry() {
  await later();
  const answer = await fetch("/console/verdicts", { headers: { Accept: "application/json" } }).catch(() => null);
  if (answer?.status === 403) link("out");
  else if (answer?.ok) listen();
  else retry();
}
