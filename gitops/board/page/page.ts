import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Document, documentText, html, type Html, link } from "../../html";
import { type Board, flags, needsAttention, type Row } from "../model/board";
import { eventsView, lanesView, othersView, sourcesView } from "./parts";
import { FLAG_NAMES, rowView } from "./row";
import { shapes, type View } from "./view";

/** How the page gets to know more. */
export type PageMode =
  /** It follows a server, from this place in its changes on. */
  | { readonly follows: string }
  /** It stands alone, with style and script in it. */
  | { readonly style: string; readonly script: string };

/** The whole page. */
export function boardPage(board: Board, view: View, mode: PageMode): string {
  const alone = "style" in mode;
  const { repository, url, sources, lanes, rows, others, events } = board;
  const drawn = new Date(view.now).toISOString();
  return documentText({
    title: `${repository}: board`,
    assets: alone ? mode : { at: "./" },
    attributes: alone ? { "data-drawn": drawn } : { "data-drawn": drawn, "data-follows": mode.follows },
    body: html`${shapes}
      <a class="skip" href="#services">To the services</a>
      <header>
        <h1>${link(url, repository)}</h1>
        <ul id="sources" aria-label="Where this is from">
          ${sourcesView(sources, view)}
        </ul>
      </header>
      <p id="stale" role="alert" hidden></p>
      <p id="news" role="status" class="unseen"></p>
      <main>
        <div class="lanes-and-services">
          ${filters(rows)}
          <div class="lanes">
            <p class="name"></p>
            <ul class="track" id="lanes" aria-label="Environments">
              ${lanesView(lanes)}
            </ul>
          </div>
          <ol id="services" tabindex="-1" aria-label="Services">
            ${rows.map((row) => rowView(row, view, alone ? "embedded" : undefined))}
          </ol>
          <p id="none" hidden>No service is like that.</p>
          <section id="others" aria-label="Other open pull requests">${othersView(others, view)}</section>
        </div>
        <section class="events" aria-labelledby="events-title">
          <h2 id="events-title">What happened last</h2>
          <ol id="events" aria-labelledby="events-title">
            ${eventsView(events, view)}
          </ol>
        </section>
      </main>`,
  } satisfies Document);
}

/** Search, and one button for each reason to look, the most pressing first. */
function filters(rows: readonly Row[]): Html {
  const pressing = rows.filter((row) => row.flags.some(needsAttention)).length;
  const choice = (value: string, name: string, count: number) =>
    html`<label class="choice ${value}"
      ><input type="radio" name="show" value="${value}" ${value === "all" && "checked"} /><span
        >${name} <b data-count="${value}">${count}</b></span
      ></label
    >`;
  return html`<search class="filters">
    <label class="search"
      ><span class="unseen">Search services, versions, people</span
      ><input type="search" id="search" placeholder="Search  /" autocomplete="off" spellcheck="false"
    /></label>
    <fieldset>
      <legend class="unseen">Show</legend>
      ${choice("all", "All", rows.length)} ${choice("attention", "Needs attention", pressing)}
      ${flags.map((flag) => choice(flag, FLAG_NAMES[flag], rows.filter((row) => row.flags.includes(flag)).length))}
    </fieldset>
  </search>`;
}

/** The texts that the page needs. */
export interface Assets {
  readonly style: string;
  readonly script: string;
}

/** Set where all this is one file (../bundle.ts): that has no folder to read from. */
declare const BUNDLED_ASSETS: Assets | undefined;

/** Reads the page's style, and makes one file of its script. */
export async function readAssets(): Promise<Assets> {
  if (typeof BUNDLED_ASSETS !== "undefined") return BUNDLED_ASSETS;
  // Here, since no other command of the project needs it.
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    entryPoints: [join(__dirname, "script/main.mjs")],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    logLevel: "silent",
  });
  const style = ["../../theme.css", "board.css"].map((file) => readFileSync(join(__dirname, file), "utf8"));
  return { style: style.join("\n"), script: outputFiles[0]?.text ?? "" };
}
