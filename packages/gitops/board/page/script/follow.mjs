/** After this time without a message the server counts as lost; it sends one every five seconds. */
const SILENCE = 15_000;

/** Applies the server's changes to the page. A page without a server shows its age instead. */
export function follow(done) {
  const root = document.documentElement;
  if (root.dataset.follows === undefined) {
    setStale(`This is a snapshot from ${root.dataset.drawn.slice(0, 16).replace("T", " ")} UTC, `, root.dataset.drawn);
    return;
  }
  let heard = Date.now();
  const events = new EventSource(`events?since=${encodeURIComponent(root.dataset.follows)}`);
  events.addEventListener("pulse", ({ data }) => {
    heard = Date.now();
    document.getElementById("stale").hidden = true;
    document.getElementById("sources").innerHTML = JSON.parse(data).sources;
  });
  events.addEventListener("change", ({ data }) => {
    heard = Date.now();
    done(take(JSON.parse(data)));
  });
  setInterval(() => {
    const isSilent = Date.now() - heard > SILENCE || events.readyState === EventSource.CLOSED;
    if (isSilent && document.getElementById("stale").hidden)
      setStale("The server of this page does not respond. The data is from ", new Date(heard).toISOString());
    // EventSource does not reconnect after an error response, so the page is loaded again.
    if (events.readyState === EventSource.CLOSED && isSilent) location.reload();
  }, 1000);
}

function setStale(text, since) {
  const time = document.createElement("time");
  time.dateTime = since;
  const stale = document.getElementById("stale");
  stale.replaceChildren(text, time, " ago.");
  stale.hidden = false;
}

/** Replaces changed rows, in the server's order. Returns them, with whether they were open. */
function take({ rows, order, parts, news }) {
  const list = document.getElementById("services");
  const known = new Map([...list.children].map((row) => [row.dataset.service, row]));
  const focused = document.activeElement?.closest?.(".row")?.dataset.service;
  const changed = Object.entries(rows).map(([service, html]) => {
    const before = known.get(service);
    const row = toElement(html);
    if (before) before.replaceWith(row);
    known.set(service, row);
    row.classList.add("changed");
    return { row, wasOpen: before?.querySelector(".opener").getAttribute("aria-expanded") === "true" };
  });
  sort(
    list,
    order.map((service) => known.get(service)).filter((row) => row !== undefined),
  );
  const again = focused === undefined ? undefined : known.get(focused);
  if (again && !again.contains(document.activeElement)) again.querySelector(".opener").focus({ preventScroll: true });
  for (const [id, html] of Object.entries(parts)) document.getElementById(id).innerHTML = html;
  if (news) document.getElementById("news").textContent = news;
  return changed;
}

/** Moves only the rows that are out of order, and removes the others. */
function sort(list, rows) {
  rows.forEach((row, index) => {
    if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
  });
  while (list.children.length > rows.length) list.lastElementChild.remove();
}

/** The server has escaped all text. */
function toElement(html) {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  return template.content.firstElementChild;
}
