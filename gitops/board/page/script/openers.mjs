/**
 * Opens and closes the ways of a service's versions. Returns what draws them again where they are open and their
 * service changed.
 */
export function startOpeners() {
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
    const answer = await fetch(`services/${encodeURIComponent(row.dataset.service)}`);
    if (!answer.ok) throw new Error(String(answer.status));
    // The server has made text of everything that came from elsewhere.
    more.innerHTML = await answer.text();
  } catch {
    more.textContent = "The server of this page does not answer.";
  }
}
