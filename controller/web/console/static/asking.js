// Asks the controller. What comes of it is null, or not ok, if it does not answer.

import { formToken } from "./page.js";

// Milliseconds after which a controller that does not answer is asked again: one that restarts does so for a moment.
export const AGAIN = 5000;

export const later = () => new Promise((done) => { setTimeout(done, AGAIN); });

export async function get(path) {
  try {
    const answer = await fetch(path, { headers: { Accept: "application/json" } });
    return answer.ok ? await answer.json() : null;
  } catch { return null; }
}

export async function post(path, fields = {}) {
  const headers = { Accept: "application/json", "X-Form-Token": formToken };
  try {
    const answer = await fetch(path, { method: "POST", headers, body: new URLSearchParams(fields) });
    return { ok: answer.ok, data: await answer.json() };
  } catch { return { ok: false, data: {} }; }
}
