// Shows times in the browser's language and zone; again for what htmx has brought.

const format = new Intl.DateTimeFormat(navigator.language || document.documentElement.lang, {
  dateStyle: "medium", timeStyle: "short",
});

function show(within) {
  for (const each of within.querySelectorAll("time[datetime]")) {
    const moment = new Date(each.dateTime);
    if (!Number.isNaN(moment.getTime())) each.textContent = format.format(moment);
  }
}

show(document);
document.addEventListener("htmx:load", (event) => show(event.target));
