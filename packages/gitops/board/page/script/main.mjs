// The page works without this script, which adds updates, search and keyboard control.
import { age } from "../../../durations";
import { needsAttention } from "../../model/board";
import { follow } from "./follow.mjs";

/** How often the ages are brought up to date, in milliseconds. */
const AGES_EVERY = 1000;

const refilter = startFilters();
const reopen = startOpeners();
startKeys();
keepAges();
follow((changed) => {
  refilter();
  reopen(changed);
});

/**
 * Shows only the services that match the search and the chosen flag. Returns a function that applies both again after
 * the rows changed.
 */
function startFilters() {
  const search = document.getElementById("search");
  const choices = [...document.querySelectorAll('input[name="show"]')];
  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = choices.find(({ checked }) => checked)?.value ?? "all";
    let shown = 0;
    for (const row of rows()) {
      const found = words.every((word) => row.dataset.search.includes(word)) && isOf(row, chosen);
      row.hidden = !found;
      shown += found ? 1 : 0;
    }
    document.getElementById("none").hidden = shown > 0;
  };
  search.addEventListener("input", apply);
  for (const choice of choices) choice.addEventListener("change", apply);
  // A browser that returns to the page restores the inputs.
  apply();
  return () => {
    count();
    apply();
  };
}

function rows() {
  return document.getElementById("services").children;
}

function isOf(row, chosen) {
  const flags = row.dataset.flags.split(" ").filter(Boolean);
  if (chosen === "all") return true;
  return chosen === "attention" ? flags.some(needsAttention) : flags.includes(chosen);
}

function count() {
  for (const label of document.querySelectorAll("[data-count]")) {
    label.textContent = [...rows()].filter((row) => isOf(row, label.dataset.count)).length;
  }
}

/**
 * Opens and closes the pipelines of a service's versions. Returns a function that opens them again after their service
 * changed.
 */
function startOpeners() {
  document.getElementById("services").addEventListener("click", ({ target }) => {
    const opener = target.closest(".opener");
    if (opener) void show(opener.closest(".row"), opener.getAttribute("aria-expanded") !== "true");
  });
  return (changed) => {
    for (const { row, wasOpen } of changed) if (wasOpen) void show(row, true);
  };
}

async function show(row, open) {
  const more = row.querySelector(".more");
  row.querySelector(".opener").setAttribute("aria-expanded", String(open));
  more.hidden = !open;
  if (!open) return;
  const kept = row.querySelector("template");
  if (kept) {
    more.replaceChildren(kept.content.cloneNode(true));
    return;
  }
  try {
    const response = await fetch(`services/${encodeURIComponent(row.dataset.service)}`);
    if (!response.ok) throw new Error(String(response.status));
    // The server has escaped all text.
    more.innerHTML = await response.text();
  } catch {
    more.textContent = "The server of this page does not respond.";
  }
}

/** `/` focuses the search, Escape clears it; the arrow keys, or j and k, move from service to service. */
function startKeys() {
  const search = document.getElementById("search");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const inField = event.target.closest("input");
    if (event.key === "Escape" && inField === search && search.value !== "") {
      search.value = "";
      search.dispatchEvent(new Event("input"));
    } else if (event.key === "/" && inField !== search) {
      event.preventDefault();
      search.focus();
    } else if (!inField && step(event.key, event.target) !== 0) {
      const openers = [...document.querySelectorAll(".row:not([hidden]) .opener")];
      const next = openers[openers.indexOf(event.target) + step(event.key, event.target)];
      if (!next) return;
      event.preventDefault();
      next.focus();
    }
  });
}

/** Outside the list, the arrow keys scroll the page. */
function step(key, target) {
  const isIn = target.classList.contains("opener");
  if (key === "j" || (key === "ArrowDown" && isIn)) return 1;
  return isIn && (key === "k" || key === "ArrowUp") ? -1 : 0;
}

/** Keeps every age on the page up to date. */
function keepAges() {
  setInterval(refreshAges, AGES_EVERY);
}

function refreshAges() {
  if (document.hidden) return;
  const now = Date.now();
  for (const time of document.querySelectorAll("time:not([data-fixed])")) {
    const text = age(time.dateTime, now);
    if (time.textContent !== text) time.textContent = text;
  }
}
