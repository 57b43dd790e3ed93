import { age } from "../../../durations.ts";

const EVERY = 1000;

/** Keeps every age on the page true. */
export function keepAges() {
  setInterval(refreshAges, EVERY);
}

function refreshAges() {
  // A page that nobody sees may rest.
  if (document.hidden) return;
  const now = Date.now();
  for (const time of document.querySelectorAll("time:not([data-fixed])")) {
    const text = age(time.dateTime, now);
    if (time.textContent !== text) time.textContent = text;
  }
}
