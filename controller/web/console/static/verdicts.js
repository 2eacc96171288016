// What a page to a colleague would become: asked for those in view, and what is known of them is not asked again.
//
// News: `verdicts` (these extensions have one).

import { get } from "./asking.js";
import { people } from "./office.js";
import { fill, on, tell } from "./page.js";

// Milliseconds from what the user does to the question, and from what others do; and for which a verdict holds.
const SOON = 150, LATER = 2000, HOLDS = 60_000;
// Milliseconds after which nobody sits at a page that nobody touches: nothing is asked until it is touched.
const RESTS = 60_000;
// The most that one request may ask for.
const MOST = 40;

const verdicts = new Map();  // by extension: {becomes, why, at}
let inView = () => [], chosen = () => undefined;
let timer = 0, due = Infinity, touched = Date.now();
// Those that have changed since the question that is being answered: the answer may not know of it.
let asking = null;

// A verdict as text, empty if there is none yet; `short`: of a refusal the reason alone.
export function verdictOf(ext, short = false) {
  const found = verdicts.get(ext);
  if (!found) return "";
  if (!found.why) return fill(`becomes.${found.becomes}`);
  const why = fill(`reason.${found.why}`);
  return short ? why : fill("refused", { why });
}

export const refused = (ext) => Boolean(verdicts.get(ext)?.why);

// Asks for what is in view from now on; both functions say who is.
export function watch(view, choice) {
  inView = view;
  chosen = choice;
}

// Notes that somebody is there.
export function touch() {
  const rested = resting();
  touched = Date.now();
  if (rested) wonder();
}

const resting = () => Date.now() - touched > RESTS;

function wonder(wait = SOON) {
  if (resting() || Date.now() + wait >= due) return;
  clearTimeout(timer);
  due = Date.now() + wait;
  timer = setTimeout(ask, wait);
}

async function ask() {
  due = Infinity;
  if (asking) { wonder(); return; }
  if (document.hidden || resting()) return;
  const wanted = unknown();
  if (!wanted.length) return;
  asking = new Set();
  const answer = await get(`/console/verdicts?${wanted.map((ext) => `ext=${encodeURIComponent(ext)}`).join("&")}`);
  const changed = asking, at = Date.now();
  asking = null;
  for (const [ext, verdict] of Object.entries(answer ?? {})) {
    if (!changed.has(ext)) verdicts.set(ext, { ...verdict, at });
  }
  if (answer) tell("verdicts", Object.keys(answer));
  if (unknown().length) wonder(LATER);
}

function unknown() {
  const old = Date.now() - HOLDS;
  const wanted = [...new Set([chosen()?.ext, ...inView()])].filter((ext) => people.has(ext));
  return wanted.filter((ext) => !(verdicts.get(ext)?.at > old)).slice(0, MOST);
}

on("chosen", () => {
  const found = verdicts.get(chosen()?.ext);
  if (found) found.at = 0;
  wonder();
});
on("view", () => wonder());
on("fresh", () => {
  verdicts.clear();
  for (const ext of people.keys()) asking?.add(ext);
  wonder();
});
on("changed", (extensions) => {
  for (const ext of extensions) {
    verdicts.delete(ext);
    asking?.add(ext);
  }
  wonder(extensions.includes(chosen()?.ext) ? SOON : LATER);
});
