/**
 * Opens and closes the pipelines of a service's versions. Returns a function that opens them again after their service
 * changed.
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
    const response = await fetch(`services/${encodeURIComponent(row.dataset.service)}`);
    if (!response.ok) throw new Error(String(response.status));
    // The server has escaped all text.
    more.innerHTML = await response.text();
  } catch {
    more.textContent = "The server of this page does not respond.";
  }
}
