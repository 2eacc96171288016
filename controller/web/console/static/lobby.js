// The page of a kiosk: a visitor chooses whom to visit, and reads the answer. The token stands behind the # of the
// address, which no browser sends to a server; so the page can be loaded again.

import { $, fill, say } from "./page.js";

const API = "/api/v1";
// Seconds for which one request waits for an answer, for which a visitor waits at most, and until the next one's turn.
const WAIT = 30, PATIENCE = 300, TURN = 60;
// Milliseconds until what failed is tried again, and until the names are read again.
const AGAIN = 2000, FRESH = 300000;

const pause = (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds); });
const question = $("title").textContent;
let visit = 0;
let turn = 0;

async function ask(path, body) {
  const headers = { Accept: "application/json", Authorization: `Bearer ${location.hash.slice(1)}` };
  if (body) headers["Content-Type"] = "application/json";
  try {
    const answer = await fetch(API + path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body) });
    return { status: answer.status, data: answer.ok ? await answer.json() : null };
  } catch { return { status: 0, data: null }; }
}

const letters = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function filter() {
  const wanted = letters($("find").value.trim());
  let count = 0;
  for (const row of $("people").children) {
    row.hidden = !letters(row.textContent).includes(wanted);
    count += row.hidden ? 0 : 1;
  }
  if (wanted) say(count ? fill("lobby.found", { count }) : fill("lobby.none"));
  else say("");
}

function offer(person) {
  const row = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = person.name || person.extension;
  button.addEventListener("click", () => announce(person));
  row.append(button);
  return row;
}

async function load() {
  const { status, data } = await ask("/kiosk");
  if (data) {
    $("people").replaceChildren(...data.people.map(offer));
    if ($("message").options.length !== data.messages.length) {
      $("message").replaceChildren(...data.messages.map((name) => new Option(name)));
    }
    $("about").hidden = data.messages.length < 2;
    if (!visit) { $("choice").hidden = false; filter(); }
  } else if ($("choice").hidden && !visit) {
    say(fill(status >= 400 && status < 500 && status !== 429 ? "lobby.unset" : "lobby.failed"));
  }
  return Boolean(data);
}

function start() {
  clearTimeout(turn);
  visit = 0;
  document.body.classList.remove("visiting");
  $("back").hidden = true;
  $("find").value = "";
  say("");
  $("choice").hidden = false;
  filter();
  $("title").textContent = question;
  $("title").focus();
}

function show(told) {
  const known = told && ["declined", "heard", "missed"].includes(told.result);
  if (told?.reply) say(fill("lobby.replied", { reply: told.reply }));
  else if (told?.result === "replied") say(fill("lobby.heard"));
  else if (known) say(fill(`lobby.${told.result}`));
  else say(fill(told?.result === "refused" ? "lobby.missed" : "lobby.failed"));
  turn = setTimeout(start, TURN * 1000);
}

async function announce(person) {
  const own = visit = Date.now();
  document.body.classList.add("visiting");
  $("choice").hidden = true;
  $("back").hidden = false;
  $("title").textContent = person.name || person.extension;
  $("title").focus();
  say(fill("lobby.sending"));
  const { data } = await ask("/messages", { message: $("message").value, to: [person.extension] });
  let told = data?.messages[0];
  if (visit !== own) return;
  if (told?.result === "waiting") say(fill("lobby.waiting"));
  while (told?.result === "waiting" && Date.now() - own < PATIENCE * 1000) {
    const answer = await ask(`/messages/${told.id}?wait=${WAIT}`);
    if (visit !== own) return;
    if (answer.data) told = answer.data;
    else if (answer.status === 0 || answer.status >= 429) await pause(AGAIN);
    else told = null;
  }
  if (visit === own) show(told);
}

async function run() {
  while (!(await load())) await pause(AGAIN * 5);
  setInterval(() => visit || document.activeElement.closest("#people") || load(), FRESH);
}

$("find").addEventListener("input", filter);
$("back").addEventListener("click", start);
addEventListener("hashchange", () => location.reload());
run();
