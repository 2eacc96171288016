// The page's parts, its texts, and the news by which its modules tell one another what has changed.

export const $ = (id) => document.getElementById(id);

const texts = JSON.parse($("texts").textContent);
export const language = document.documentElement.lang;
export const { formToken, me } = document.body.dataset;

const clock = new Intl.DateTimeFormat(navigator.language || language, { hour: "2-digit", minute: "2-digit" });
const count = new Intl.NumberFormat(navigator.language || language);
export const time = (text) => clock.format(new Date(text));
export const number = (value) => count.format(value);

export const fill = (name, values = {}) =>
  (texts[name] ?? name).replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);

// Says something to those who do not see the page.
export const say = (text) => { $("said").textContent = text; };

const news = new EventTarget();
export const tell = (name, detail) => news.dispatchEvent(new CustomEvent(name, { detail }));
export function on(names, take) {
  for (const name of names.split(" ")) news.addEventListener(name, (event) => take(event.detail));
}
