import { createHash } from "node:crypto";
import { html, Html } from "./html";

/** A page. Everything that it needs is in it, or on the server that it came from. */
export interface Document {
  readonly title: string;
  readonly body: Html;
  /** Style and script: their text, for a file that stands alone; or where the server has them. */
  readonly assets: { readonly style: string; readonly script: string } | { readonly at: string };
  /** Attributes of the root element by name, such as `data-version`. Default: none. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/**
 * What a browser may load and do, in terms of Content-Security-Policy. Without sources of style and script: the page's
 * own server.
 */
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
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M3 8h10' stroke='%23888' " +
  "stroke-width='2'/%3E%3Ccircle cx='3' cy='8' r='3' fill='%232a7'/%3E%3Ccircle cx='13' cy='8' r='3' fill='%2326c'/%3E%3C/svg%3E";

/** The text of the page. */
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

/**
 * In a file nobody sends a header: the policy stands in the page, before what it is about, and names both by their
 * sums.
 */
function inlined({ style, script }: { readonly style: string; readonly script: string }): Html {
  const policy = contentSecurityPolicy(sum(style), sum(script));
  // To the character: that is what the sums are of.
  const elements = new Html(`<style>${style}</style><script type="module">${script}</script>`);
  return html`<meta http-equiv="Content-Security-Policy" content="${policy}" />${elements}`;
}

function sum(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
