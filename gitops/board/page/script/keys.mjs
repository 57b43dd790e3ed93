/** `/` searches; the arrows, or j and k, go from service to service; Escape ends a search. */
export function startKeys() {
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

/** The arrows scroll as ever, unless one is in the list. */
function step(key, target) {
  const isIn = target.classList.contains("opener");
  if (key === "j" || (key === "ArrowDown" && isIn)) return 1;
  return isIn && (key === "k" || key === "ArrowUp") ? -1 : 0;
}
