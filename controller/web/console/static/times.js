// Shows times in the browser's language and zone; again for what htmx has brought.

const language = navigator.language || document.documentElement.lang;
const usual = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
const exact = new Intl.DateTimeFormat(language, { timeStyle: "medium" });

function show(within) {
  for (const each of within.querySelectorAll("time[datetime]")) {
    const moment = new Date(each.dateTime);
    const format = "exact" in each.dataset ? exact : usual;
    if (!Number.isNaN(moment.getTime())) each.textContent = format.format(moment);
  }
}

show(document);
document.addEventListener("htmx:load", (event) => show(event.target));
