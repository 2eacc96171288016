// The list of colleagues: drawn, found by what is typed, and chosen from.
//
// News: `chosen` (another one is), `view` (others are in view).

import { office, people, stateOf, stateText, title } from "./office.js";
import { $, fill, language, me, number, on, tell } from "./page.js";
import { verdictOf } from "./verdicts.js";

const rows = new Map();  // by extension
let choice = "";

export const chosen = () => people.get(choice);
export const shown = () => [...$("list").children].filter((row) => !row.hidden);

function draw(each) {
  const state = stateOf(each), row = rows.get(each.ext);
  const [icon, name, word, sub, verdict] = row.children;
  icon.className = `icon is-${state}`;
  icon.firstElementChild.firstElementChild.setAttribute("href", `#i-${state}`);
  name.textContent = (office.favourites.has(each.ext) ? "★ " : "") + title(each);
  word.textContent = stateText(each, state);
  word.className = `state is-${state}`;
  sub.textContent = [each.name ? each.ext : "", each.group === "default" ? "" : each.group].filter(Boolean).join(" · ");
  verdict.textContent = verdictOf(each.ext, true);
}

const drawThese = (extensions) => extensions.forEach((ext) => people.has(ext) && draw(people.get(ext)));

function rowOf(each) {
  const row = rows.get(each.ext) ?? $("row").content.firstElementChild.cloneNode(true);
  row.id = `c-${each.ext}`;
  row.dataset.ext = each.ext;
  rows.set(each.ext, row);
  each.words = [each.name, each.ext, each.group].join(" ").toLocaleLowerCase(language);
  return row;
}

function arrange() {
  for (const ext of rows.keys()) if (!people.has(ext)) rows.delete(ext);
  const ordered = [...people.values()].sort((one, other) =>
    office.favourites.has(other.ext) - office.favourites.has(one.ext)
    || one.ext.localeCompare(other.ext, language, { numeric: true }));
  $("list").replaceChildren(...ordered.map(rowOf));
  ordered.forEach(draw);
  if (!people.has(choice)) choose("");
  filter();
}

export function filter() {
  const words = $("find").value.toLocaleLowerCase(language).split(/\s+/).filter(Boolean);
  for (const each of people.values()) {
    rows.get(each.ext).hidden = each.ext === me || !words.every((word) => each.words.includes(word));
  }
  const found = shown();
  const text = found.length === 1 ? fill("found_one") : fill("found", { count: number(found.length) });
  $("found").textContent = people.size ? text : "";
  $("none").hidden = found.length > 0 || !people.size;
  $("none").textContent = fill("none");
  if (!found.some((row) => row.dataset.ext === choice)) choose(words.length && found[0] ? found[0].dataset.ext : "");
  tell("view");
}

export function choose(ext) {
  rows.get(choice)?.setAttribute("aria-selected", "false");
  choice = ext;
  const row = rows.get(ext);
  row?.setAttribute("aria-selected", "true");
  row?.scrollIntoView({ block: "nearest" });
  if (row) $("find").setAttribute("aria-activedescendant", row.id);
  else $("find").removeAttribute("aria-activedescendant");
  tell("chosen");
}

export function move(step) {
  const found = shown();
  const at = found.findIndex((row) => row.dataset.ext === choice);
  const to = at < 0 ? (step > 0 ? 0 : found.length - 1) : Math.min(Math.max(at + step, 0), found.length - 1);
  if (found[to]) choose(found[to].dataset.ext);
}

on("people favourites", arrange);
on("changed verdicts", drawThese);
