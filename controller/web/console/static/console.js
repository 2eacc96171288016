// The receptionist's page: what the hands do, by keys and by clicks.

import { end, favour, mute, offerMessages, page, sendMessage, speak, switchPages } from "./bar.js";
import { choose, chosen, filter, move, shown } from "./list.js";
import { $, tell } from "./page.js";
import { listen } from "./stream.js";
import { touch, watch } from "./verdicts.js";

const inView = () => shown().filter((row) => {
  const box = row.getBoundingClientRect();
  return box.bottom > 0 && box.top < innerHeight;
}).map((row) => row.dataset.ext);

const KEYS = {
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  PageDown: () => move(10),
  PageUp: () => move(-10),
  Enter: page,
  Escape: async () => {
    if (await end()) return;
    $("find").value = "";
    filter();
    $("find").focus();
  },
};

function press(event) {
  if (document.activeElement === $("message") && event.key !== "Escape") return;
  const plain = !event.altKey && !event.ctrlKey && !event.metaKey;
  const typing = document.activeElement === $("find");
  if (event.altKey && event.code === "KeyF") favour();
  else if (event.altKey && event.code === "KeyM") mute();
  else if (event.altKey && event.code === "KeyP") speak();
  else if (event.key === "?" && !(typing && $("find").value)) $("keys").showModal();
  else if (plain && KEYS[event.key] && !(event.key === "Enter" && document.activeElement instanceof HTMLButtonElement)) {
    KEYS[event.key]();
  } else {
    if (plain && event.key.length === 1 && event.key !== " ") $("find").focus();
    return;
  }
  event.preventDefault();
}

for (const [id, event, take] of [
  ["find", "input", filter],
  ["list", "dblclick", page],
  ["page", "click", page],
  ["send", "click", sendMessage],
  ["end", "click", end],
  ["mute", "click", mute],
  ["reverse", "click", speak],
  ["favourite", "click", favour],
  ["help", "click", () => $("keys").showModal()],
  ["keys-close", "click", () => $("keys").close()],
  ["pages-off", "click", switchPages],
]) $(id).addEventListener(event, take);

$("list").addEventListener("click", (event) => {
  const row = event.target.closest("li");
  if (row) choose(row.dataset.ext);
});
document.addEventListener("keydown", (event) => $("keys").open || press(event));
addEventListener("scroll", () => tell("view"), { passive: true });
addEventListener("resize", () => tell("view"));
for (const event of ["keydown", "pointerdown", "pointermove", "focus"]) addEventListener(event, touch, { passive: true });
document.addEventListener("visibilitychange", () => tell("view"));

watch(inView, chosen);
listen();
offerMessages();
