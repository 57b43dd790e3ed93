import { age } from "./age";
import { html, type Html } from "./html";

/**
 * A moment as its age, with the moment itself at hand; the page's script keeps it up to date. Nothing where there is
 * none.
 */
export function ago(at: string | null, now: number): Html {
  if (at === null) return html``;
  return html`<time datetime="${at}" title="${readable(at)}">${age(at, now)}</time>`;
}

/** A moment as people write it, in UTC to the minute. */
export function readable(at: string): string {
  return `${at.slice(0, 16).replace("T", " ")} UTC`;
}
