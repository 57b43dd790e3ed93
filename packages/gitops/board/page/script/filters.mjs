import { needsAttention } from "../../model/board";

/**
 * Shows only the services that match the search and the chosen flag. Returns a function that applies both again after
 * the rows changed.
 */
export function startFilters() {
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
