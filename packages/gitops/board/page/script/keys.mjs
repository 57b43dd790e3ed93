/** `/` focuses the search, Escape clears it; the arrow keys, or j and k, move from service to service. */
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

/** Outside the list, the arrow keys scroll the page. */
function step(key, target) {
  const isIn = target.classList.contains("opener");
  if (key === "j" || (key === "ArrowDown" && isIn)) return 1;
  return isIn && (key === "k" || key === "ArrowUp") ? -1 : 0;
}
