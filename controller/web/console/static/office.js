// The colleagues, as the controller tells of them: who they are, what each does, and the user's own page.
//
// News: `people` (there may be others), `changed` (these extensions have), `fresh` (all was read anew), `page` (the
// own page has changed).

import { get, later } from "./asking.js";
import { fill, me, tell, time } from "./page.js";

// By extension: {ext, name, group, registered}, and of its state {state, since, paged, off}.
export const people = new Map();
export const office = { edition: "", up: true, mine: null, favourites: new Set() };

const STATE = ["state", "since", "paged", "off"];

export const title = (each) => each.name || each.ext;

export function stateOf(each) {
  if (!office.up) return "unknown";
  if (each.paged) return each.paged === "muted" ? "muted" : "paged";
  if (each.state && each.state !== "free") return each.state;
  if (each.off) return "off";
  return each.registered ? "free" : "unregistered";
}

export function stateText(each, state) {
  const since = state === "on_call" && each.since ? time(each.since) : "";
  const text = since ? fill("on_call_since", { time: since }) : fill(`state.${state}`);
  return each.off && state !== "off" ? `${text} · ${fill("state.off")}` : text;
}

export const pagesOff = () => Boolean(people.get(me)?.off);

// What the stream has told while everything is being read: it may be newer than the answer, so it is taken after it.
let meanwhile = null;

// Reads everything, again and again until the controller answers: from here on the stream tells of changes.
async function readAll() {
  const waiting = meanwhile = [];
  let roll, now;
  while (!(roll && now)) {
    if (now !== undefined) await later();
    [roll, now] = await Promise.all([get("/console/roll"), get("/console/colleagues")]);
    if (waiting !== meanwhile) return;  // it is being read anew
  }
  meanwhile = null;
  takeAll(roll, now);
  for (const [name, data] of waiting) take(name, data);
}

function takeAll(roll, now) {
  people.clear();
  for (const each of roll.colleagues) people.set(each.ext, { ...each, ...now.states[each.ext] });
  Object.assign(office, {
    edition: roll.edition, up: now.up, mine: now.mine.at(-1) ?? null, favourites: new Set(now.favourites),
  });
  tell("people");
  tell("fresh");
}

// What the stream tells, by the names of its events.
const takes = {
  roll({ edition, before, changed, gone }) {
    if (edition === office.edition) return;
    if (!before || before !== office.edition) { readAll(); return; }
    for (const ext of gone) people.delete(ext);
    for (const each of changed) {
      const state = STATE.map((name) => [name, people.get(each.ext)?.[name]]);
      people.set(each.ext, { ...Object.fromEntries(state), ...each });
    }
    office.edition = edition;
    tell("people");
    tell("changed", changed.map((each) => each.ext));
  },
  state(data) {
    const changed = Object.keys(data).filter((ext) => people.has(ext));
    for (const ext of changed) Object.assign(people.get(ext), data[ext]);
    tell("changed", changed);
  },
  switch({ up }) {
    office.up = up;
    tell("people");
    tell("fresh");
  },
  mine: (page) => tell("page", page),
};

export const events = ["start", ...Object.keys(takes)];

export function take(name, data) {
  if (name === "start") readAll();
  else if (meanwhile) meanwhile.push([name, data]);
  else takes[name](data);
}
