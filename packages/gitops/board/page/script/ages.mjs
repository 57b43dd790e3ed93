import { age } from "../../../durations";

const EVERY = 1000;

/** Keeps every age on the page up to date. */
export function keepAges() {
  setInterval(refreshAges, EVERY);
}

function refreshAges() {
  if (document.hidden) return;
  const now = Date.now();
  for (const time of document.querySelectorAll("time:not([data-fixed])")) {
    const text = age(time.dateTime, now);
    if (time.textContent !== text) time.textContent = text;
  }
}
