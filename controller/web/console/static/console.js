// The receptionist's page: the list of colleagues, kept up to date by the stream of events, and pages to them.

const $ = (id) => document.getElementById(id);
const texts = JSON.parse($("texts").textContent);
const language = document.documentElement.lang;
const { formToken, me } = document.body.dataset;
const clock = new Intl.DateTimeFormat(navigator.language || language, { hour: "2-digit", minute: "2-digit" });
const count = new Intl.NumberFormat(navigator.language || language);
const say = (text) => { $("said").textContent = text; };
const fill = (name, values = {}) =>
  (texts[name] ?? name).replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);

const people = new Map();  // by extension: {ext, name, group, registered, state, since, paged, off, row}
const verdicts = new Map();  // by extension: {becomes, why}
let edition = "", up = true, chosen = "", mine = null, told = null;

// -- favourites: what this browser keeps ----------------------------------------------------------------------

const KEEPS = `whisperpage.favourites.${me}`;
let favourites = new Set();
try {
  favourites = new Set(JSON.parse(localStorage.getItem(KEEPS)) ?? []);
} catch { /* a browser that keeps nothing has no favourites */ }

function toggleFavourite() {
  if (!chosen) return;
  if (!favourites.delete(chosen)) favourites.add(chosen);
  try { localStorage.setItem(KEEPS, JSON.stringify([...favourites])); } catch { /* as above */ }
  draw(people.get(chosen));
  arrange();
  bar();
  say(fill(favourites.has(chosen) ? "favourite_on" : "favourite_off", { name: title(people.get(chosen)) }));
}

// -- a colleague ----------------------------------------------------------------------------------------------

const title = (each) => each.name || each.ext;

function stateOf(each) {
  if (!up) return "unknown";
  if (each.paged) return each.paged === "muted" ? "muted" : "paged";
  if (each.state && each.state !== "free") return each.state;
  if (each.off) return "off";
  return each.registered ? "free" : "unregistered";
}

function stateText(each, state) {
  const since = state === "on_call" && each.since ? clock.format(new Date(each.since)) : "";
  const text = since ? fill("on_call_since", { time: since }) : fill(`state.${state}`);
  return each.off && state !== "off" ? `${text} · ${fill("state.off")}` : text;
}

function verdictText(ext) {
  const found = verdicts.get(ext);
  if (!found) return "";
  return found.why ? fill("refused", { why: fill(`reason.${found.why}`) }) : fill(`becomes.${found.becomes}`);
}

function draw(each) {
  const state = stateOf(each), row = each.row;
  const [icon, name, word, sub, verdict] = row.children;
  icon.className = `icon is-${state}`;
  icon.firstElementChild.firstElementChild.setAttribute("href", `#i-${state}`);
  name.textContent = (favourites.has(each.ext) ? "★ " : "") + title(each);
  word.textContent = stateText(each, state);
  word.className = `state is-${state}`;
  sub.textContent = [each.name ? each.ext : "", each.group === "default" ? "" : each.group].filter(Boolean).join(" · ");
  const found = verdicts.get(each.ext);
  verdict.textContent = found?.why ? fill(`reason.${found.why}`) : verdictText(each.ext);
}

// -- the list -------------------------------------------------------------------------------------------------

function add(data) {
  const row = $("row").content.firstElementChild.cloneNode(true);
  row.id = `c-${data.ext}`;
  row.dataset.ext = data.ext;
  const each = { ...data, row };
  each.words = [data.name, data.ext, data.group].join(" ").toLocaleLowerCase(language);
  people.set(data.ext, each);
  draw(each);
}

function arrange() {
  const ordered = [...people.values()].sort((one, other) =>
    favourites.has(other.ext) - favourites.has(one.ext)
    || one.ext.localeCompare(other.ext, language, { numeric: true }));
  $("list").replaceChildren(...ordered.map((each) => each.row));
  filter();
}

function filter() {
  const words = $("find").value.toLocaleLowerCase(language).split(/\s+/).filter(Boolean);
  for (const each of people.values()) {
    each.row.hidden = each.ext === me || !words.every((word) => each.words.includes(word));
  }
  const shown = rows();
  const text = shown.length === 1 ? fill("found_one") : fill("found", { count: count.format(shown.length) });
  $("found").textContent = people.size ? text : "";
  $("none").hidden = shown.length > 0 || !people.size;
  $("none").textContent = fill("none");
  if (!shown.some((row) => row.dataset.ext === chosen)) choose(words.length && shown[0] ? shown[0].dataset.ext : "");
  wonder();
}

const rows = () => [...$("list").children].filter((row) => !row.hidden);

function choose(ext) {
  people.get(chosen)?.row.setAttribute("aria-selected", "false");
  chosen = ext;
  const row = people.get(ext)?.row;
  row?.setAttribute("aria-selected", "true");
  row?.scrollIntoView({ block: "nearest" });
  if (row) $("find").setAttribute("aria-activedescendant", row.id);
  else $("find").removeAttribute("aria-activedescendant");
  bar();
  wonder();
}

function move(step) {
  const shown = rows();
  const at = shown.findIndex((row) => row.dataset.ext === chosen);
  const to = at < 0 ? (step > 0 ? 0 : shown.length - 1) : Math.min(Math.max(at + step, 0), shown.length - 1);
  if (shown[to]) choose(shown[to].dataset.ext);
}

// -- whether they can be paged: asked for what is in view, a moment after it has changed ------------------------

let wondering = 0, asking = false, again = false;

function wonder() {
  clearTimeout(wondering);
  wondering = setTimeout(ask, 250);
}

async function ask() {
  if (asking) { again = true; return; }
  const inView = rows().filter((row) => {
    const box = row.getBoundingClientRect();
    return box.bottom > 0 && box.top < innerHeight;
  }).map((row) => row.dataset.ext);
  if (chosen) inView.unshift(chosen);
  if (!inView.length || document.hidden) return;
  asking = true;
  again = false;
  const wanted = [...new Set(inView)].slice(0, 40).map((ext) => `ext=${encodeURIComponent(ext)}`);
  const answer = await get(`/console/verdicts?${wanted.join("&")}`);
  for (const [ext, verdict] of Object.entries(answer ?? {})) {
    verdicts.set(ext, verdict);
    if (people.has(ext)) draw(people.get(ext));
  }
  bar();
  asking = false;
  if (again) wonder();
}

// -- the bar: who is chosen, or the page that goes on -----------------------------------------------------------

const goesOn = () => mine && ["ringing", "answered", "calling", "up"].includes(mine.state);

function bar() {
  const each = people.get(chosen), live = goesOn();
  $("bar").hidden = !each && !mine;
  $("bar").classList.toggle("live", Boolean(live));
  for (const id of ["page", "favourite"]) $(id).hidden = Boolean(mine) || !each;
  $("end").hidden = !live;
  $("mute").hidden = !(live && mine.state === "up" && !mine.pages && mine.treatment === "whisper");
  $("timer").hidden = !live;
  $("bar-text").className = "";
  if (mine) {
    $("bar-name").textContent = mine.other ? title(people.get(mine.other) ?? { ext: mine.other }) : fill("somebody");
    $("bar-text").textContent = pageText();
    $("mute").setAttribute("aria-pressed", String(mine.muted));
    tick();
  } else if (each) {
    const verdict = verdicts.get(chosen);
    $("bar-name").textContent = title(each);
    $("bar-text").textContent = verdictText(chosen) || stateText(each, stateOf(each));
    $("bar-text").className = verdict?.why ? "why" : "";
    $("page").disabled = Boolean(verdict?.why);
    $("favourite").setAttribute("aria-pressed", String(favourites.has(chosen)));
    $("favourite").textContent = favourites.has(chosen) ? "★" : "☆";
    $("favourite").setAttribute("aria-label", fill("favourite"));
  }
}

function pageText() {
  if (mine.state === "refused") return fill("refused", { why: fill(`reason.${mine.reason}`) });
  if (mine.state === "ended") return fill(`ending.${mine.ending}`);
  if (mine.state !== "up") return fill(mine.pages ? `page.${mine.state}` : "page.pages_you");
  const text = fill(mine.pages ? `page.${mine.treatment}` : "page.pages_you");
  return mine.muted ? `${text} · ${fill("state.muted")}` : text;
}

function tick() {
  if (!goesOn()) return;
  const seconds = Math.max(0, Math.floor((Date.now() - new Date(mine.since)) / 1000));
  $("timer").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
setInterval(tick, 1000);

function learn(page) {
  const over = page.state === "refused" || page.state === "ended";
  if (over && mine && mine.id !== page.id && goesOn()) return;
  mine = page;
  bar();
  const text = `${$("bar-name").textContent}: ${pageText()}`;
  if (text !== told) say(told = text);
  if (over) setTimeout(() => { if (mine === page) { mine = null; told = null; bar(); wonder(); } }, 4000);
}

// -- asking the controller --------------------------------------------------------------------------------------

async function get(path) {
  try {
    const answer = await fetch(path, { headers: { Accept: "application/json" } });
    return answer.ok ? await answer.json() : null;
  } catch { return null; }
}

async function post(path, fields = {}) {
  const headers = { Accept: "application/json", "X-Form-Token": formToken };
  try {
    const answer = await fetch(path, { method: "POST", headers, body: new URLSearchParams(fields) });
    return { ok: answer.ok, data: await answer.json() };
  } catch { return { ok: false, data: {} }; }
}

async function page() {
  if (!chosen || goesOn() || verdicts.get(chosen)?.why) return;
  const { data } = await post("/console/page", { ext: chosen });
  if (data.state) learn(data);
  else say(data.detail ?? fill("failed"));
}

async function end() {
  if (!goesOn()) return false;
  const { ok } = await post("/console/end");
  if (!ok) say(fill("failed"));
  return true;
}

const mute = () => $("mute").hidden || post("/console/mute");

async function readAll() {
  const all = await get("/console/colleagues");
  if (!all) return;
  ({ edition, up } = all);
  people.clear();
  all.colleagues.forEach(add);
  pagesOff();
  mine = all.mine.at(-1) ?? null;
  arrange();
  choose(people.has(chosen) ? chosen : "");
}

function pagesOff() {
  $("pages-off").hidden = false;
  $("pages-off").setAttribute("aria-pressed", String(Boolean(people.get(me)?.off)));
}

// -- the stream of events ---------------------------------------------------------------------------------------

function link(state) {
  $("link").dataset.is = state;
  $("link").textContent = fill({ here: "live", away: "connecting", out: "logged_out" }[state]);
}

const on = {
  start: readAll,
  roll: (data) => { if (data.edition !== edition) readAll(); },
  mine: learn,
  switch: (data) => { up = data.up; people.forEach(draw); wonder(); },
  state: (data) => {
    for (const [ext, changes] of Object.entries(data)) {
      const each = people.get(ext);
      if (!each) continue;
      Object.assign(each, changes);
      verdicts.delete(ext);
      draw(each);
    }
    pagesOff();
    bar();
    wonder();
  },
};

function listen() {
  const stream = new EventSource("/console/events");
  stream.onopen = () => link("here");
  stream.onerror = () => {
    link(stream.readyState === EventSource.CLOSED ? "out" : "away");
    if (stream.readyState === EventSource.CLOSED) setTimeout(retry, 5000);
  };
  for (const [name, take] of Object.entries(on)) {
    stream.addEventListener(name, (event) => take(JSON.parse(event.data)));
  }
}

async function retry() {  // a controller that restarts refuses for a moment; without a session it goes on to refuse
  const answer = await fetch("/console/verdicts", { headers: { Accept: "application/json" } }).catch(() => null);
  if (answer?.status === 403) link("out");
  else if (answer?.ok) listen();
  else setTimeout(retry, 5000);
}

// -- the hands ----------------------------------------------------------------------------------------------------

$("find").addEventListener("input", filter);
$("list").addEventListener("click", (event) => {
  const row = event.target.closest("li");
  if (row) choose(row.dataset.ext);
});
$("list").addEventListener("dblclick", page);
$("page").addEventListener("click", page);
$("end").addEventListener("click", end);
$("mute").addEventListener("click", mute);
$("favourite").addEventListener("click", toggleFavourite);
$("help").addEventListener("click", () => $("keys").showModal());
$("keys-close").addEventListener("click", () => $("keys").close());
$("pages-off").addEventListener("click", () => post("/console/pages-off"));
addEventListener("scroll", wonder, { passive: true });
addEventListener("resize", wonder);
document.addEventListener("visibilitychange", wonder);

document.addEventListener("keydown", (event) => {
  if ($("keys").open) return;
  const typing = document.activeElement === $("find");
  const elsewhere = document.activeElement instanceof HTMLButtonElement;
  const keys = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    PageDown: () => move(10),
    PageUp: () => move(-10),
    Enter: () => { if (!elsewhere) page(); },
    Escape: async () => { if (!await end()) { $("find").value = ""; filter(); $("find").focus(); } },
  };
  if (event.altKey && event.code === "KeyF") toggleFavourite();
  else if (event.altKey && event.code === "KeyM") mute();
  else if (event.key === "?" && !(typing && $("find").value)) $("keys").showModal();
  else if (keys[event.key] && !event.altKey && !event.ctrlKey && !event.metaKey) {
    if (event.key === "Enter" && elsewhere) return;
    keys[event.key]();
  } else {
    if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && event.key !== " ") $("find").focus();
    return;
  }
  event.preventDefault();
});

listen();
