import { type Content, html, type Html } from "./html";

/** A link to a page on the web; where the address is no such page (`javascript:` …), only its text. */
export function link(url: string | null, text: Content): Html {
  return url !== null && /^https?:\/\//i.test(url)
    ? html`<a href="${url}" rel="noreferrer">${text}</a>`
    : html`${text}`;
}
