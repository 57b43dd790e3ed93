import { age } from "./durations";
import { createHash } from "node:crypto";

/** Text that is already HTML. Only {@link html} creates it. */
export class Html {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

/**
 * The values of a template: HTML is inserted as it is, other values are escaped; false, null and undefined are left
 * out.
 */
export type Content = Html | string | number | false | null | undefined | readonly Content[];

/** A template that escapes its values, such as commit messages, so that they cannot contain HTML. */
export function html(strings: TemplateStringsArray, ...values: Content[]): Html {
  let text = strings[0] ?? "";
  values.forEach((value, index) => (text += render(value) + (strings[index + 1] ?? "")));
  return new Html(text);
}

function render(value: Content): string {
  if (value instanceof Html) return value.text;
  if (typeof value === "string" || typeof value === "number") return escape(String(value));
  return value === false || value === null || value === undefined ? "" : value.map(render).join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Also removes control characters, which HTML forbids, and characters that change the order of the text. */
function escape(text: string): string {
  return text
    .replace(/[\u202a-\u202e\u2066-\u2069]|(?![\t\n])\p{Cc}/gu, "")
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

/** A page that needs nothing but its own server, or nothing at all. */
export interface Document {
  readonly title: string;
  readonly body: Html;
  /** The texts of style and script, for a page that is one file; or the folder where the server has them. */
  readonly assets: { readonly style: string; readonly script: string } | { readonly at: string };
  /** Attributes of the root element by name, such as `data-version`. Default: none. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** The page's Content-Security-Policy. Style and script come from the page's own server by default. */
export function contentSecurityPolicy(style = "'self'", script = "'self'"): string {
  return [
    "default-src 'none'",
    `script-src ${script}`,
    `style-src ${style}`,
    "img-src data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M3 8h10' " +
  "stroke='%23888' stroke-width='2'/%3E%3Ccircle cx='3' cy='8' r='3' fill='%232a7'/%3E%3Ccircle cx='13' cy='8' " +
  "r='3' fill='%2326c'/%3E%3C/svg%3E";

export function documentText({ title, body, assets, attributes = {} }: Document): string {
  return html`<!doctype html>
    <html lang="en" ${Object.entries(attributes).map(([name, value]) => html`${name}="${value}" `)}>
      <head>
        <meta charset="utf-8" />
        ${"at" in assets ? linked(assets.at) : inlined(assets)}
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        <link rel="icon" href="${ICON}" />
      </head>
      <body>
        ${body}
      </body>
    </html> `.text;
}

function linked(folder: string): Html {
  return html`<link rel="stylesheet" href="${folder}style.css" />
    <script type="module" src="${folder}script.js"></script>`;
}

/** A file has no HTTP headers, so the policy is in the page itself, before style and script, with their hashes. */
function inlined({ style, script }: { readonly style: string; readonly script: string }): Html {
  const policy = contentSecurityPolicy(hashOf(style), hashOf(script));
  // Not through the template: the hashes cover every character.
  const elements = new Html(`<style>${style}</style><script type="module">${script}</script>`);
  return html`<meta http-equiv="Content-Security-Policy" content="${policy}" />${elements}`;
}

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

/** A time as its age, with the time as a tooltip. The page's script keeps it up to date. */
export function ago(at: string | null, now: number): Html {
  if (at === null) return html``;
  return html`<time datetime="${at}" title="${readable(at)}">${age(at, now)}</time>`;
}

/** A time in UTC, to the minute. */
export function readable(at: string): string {
  return `${at.slice(0, 16).replace("T", " ")} UTC`;
}

/** A link; only its text if the URL is not http(s), such as `javascript:`. */
export function link(url: string | null, text: Content): Html {
  return url !== null && /^https?:\/\//i.test(url)
    ? html`<a href="${url}" rel="noreferrer">${text}</a>`
    : html`${text}`;
}
