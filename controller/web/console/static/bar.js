// The bar below: who is chosen and what can be done, or the user's own page with its time and its end.

import { get, post } from "./asking.js";
import { chosen } from "./list.js";
import { office, pagesOff, people, stateOf, stateText, title } from "./office.js";
import { $, fill, me, on, say, tell } from "./page.js";
import { refused, verdictOf } from "./verdicts.js";

// Milliseconds for which it is shown how a page has ended.
const SHOWN = 4000;

// The page that was told of last, and what was said of it.
let latest = null, told = null;

// Whether the user can speak privately to a colleague: it is on a call itself, and the colleague is free.
const privately = (each) => people.get(me)?.state === "on_call" && stateOf(each) === "free";

const goesOn = () => office.mine && ["ringing", "answered", "calling", "up"].includes(office.mine.state);

function show() {
  const each = chosen(), { mine } = office, live = goesOn();
  $("bar").hidden = !each && !mine;
  $("bar").classList.toggle("live", Boolean(live));
  for (const id of ["page", "favourite"]) $(id).hidden = Boolean(mine) || !each;
  for (const id of ["message", "send"]) $(id).hidden = $("page").hidden || $("message").options.length < 2;
  $("reverse").hidden = Boolean(mine) || !each || !privately(each);
  $("end").hidden = !live;
  $("mute").hidden = !(live && mine.state === "up" && !mine.pages && !mine.message && mine.treatment === "whisper");
  $("timer").hidden = !live;
  $("bar-text").className = "";
  if (mine) {
    $("bar-name").textContent = mine.other ? title(people.get(mine.other) ?? { ext: mine.other }) : fill("somebody");
    $("bar-text").textContent = pageText(mine);
    $("mute").setAttribute("aria-pressed", String(mine.muted));
    tick();
  } else if (each) {
    const kept = office.favourites.has(each.ext), no = refused(each.ext);
    $("bar-name").textContent = title(each);
    $("bar-text").textContent = verdictOf(each.ext) || stateText(each, stateOf(each));
    $("bar-text").className = no ? "why" : "";
    $("page").disabled = $("send").disabled = no;
    $("favourite").setAttribute("aria-pressed", String(kept));
    $("favourite").textContent = kept ? "★" : "☆";
    $("favourite").setAttribute("aria-label", fill("favourite"));
  }
  $("pages-off").hidden = !people.size;
  $("pages-off").setAttribute("aria-pressed", String(pagesOff()));
}

function pageText(mine) {
  if (mine.state === "refused") return fill("refused", { why: fill(`reason.${mine.reason}`) });
  if (mine.state === "ended") {
    const ending = fill(`ending.${mine.ending}`);
    return mine.reply ? `${ending}: ${mine.reply}` : ending;
  }
  const reverse = mine.treatment === "reverse";
  if (mine.state !== "up") return fill(mine.pages ? `page.${reverse ? "calling" : mine.state}` : "page.pages_you");
  if (mine.message) return fill(mine.pages ? "message.sent" : "message.heard");
  if (reverse) return fill(mine.pages ? "page.reverse" : "page.privately");
  const text = fill(mine.pages ? `page.${mine.treatment}` : "page.pages_you");
  return mine.muted ? `${text} · ${fill("state.muted")}` : text;
}

function tick() {
  if (!goesOn()) return;
  const seconds = Math.max(0, Math.floor((Date.now() - new Date(office.mine.since)) / 1000));
  $("timer").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
setInterval(tick, 1000);

function learn(page) {
  const over = page.state === "refused" || page.state === "ended";
  if (over && office.mine && office.mine.id !== page.id && goesOn()) return;
  office.mine = page;
  latest = page.id;
  show();
  const text = `${$("bar-name").textContent}: ${pageText(page)}`;
  if (text !== told) say(told = text);
  if (over) setTimeout(() => forget(page), SHOWN);
}

function forget(page) {
  if (office.mine !== page) return;
  office.mine = null;
  told = null;
  show();
  tell("view");
}

export async function page() {
  const each = chosen();
  if (each && !goesOn() && !refused(each.ext)) await begin("/console/page", each);
}

export async function speak() {
  const each = chosen();
  if (each && !goesOn() && privately(each)) await begin("/console/reverse", each);
}

async function begin(path, each) {
  const { data } = await post(path, { ext: each.ext });
  if (data.id && [latest, office.mine?.id].includes(data.id)) return;  // another answer was quicker, and knows more
  if (data.state) learn(data);
  else say(data.detail ?? fill("failed"));
}

export async function offerMessages() {
  const names = await get("/console/my-messages") ?? [];
  $("message").append(...names.map((name) => new Option(name)));
  show();
}

// Sends the message that is chosen in the list.
export async function sendMessage() {
  const each = chosen(), message = $("message").value;
  if (!each || !message || goesOn()) return;
  $("message").value = "";
  const { data } = await post("/console/tell", { ext: each.ext, message });
  if (data.id && [latest, office.mine?.id].includes(data.id)) return;  // the stream was quicker, and knows more
  if (data.state) learn(data);
  else say($("bar-text").textContent = data.detail ?? fill("failed"));
}

// Ends the own page; whether there was one.
export async function end() {
  if (!goesOn()) return false;
  const { ok } = await post("/console/end");
  if (!ok) say(fill("failed"));
  return true;
}

export const mute = () => $("mute").hidden || post("/console/mute");

export const switchPages = () => post("/console/pages-off");

export async function favour() {
  const each = chosen();
  if (!each) return;
  const kept = !office.favourites.has(each.ext);
  const { ok, data } = await post("/console/favourites", { ext: each.ext, kept: kept ? "yes" : "no" });
  if (!ok) { say(data.detail ?? fill("failed")); return; }
  if (kept) office.favourites.add(each.ext);
  else office.favourites.delete(each.ext);
  tell("people");
  say(fill(kept ? "favourite_on" : "favourite_off", { name: title(each) }));
}

on("people chosen changed verdicts", show);
on("page", learn);
