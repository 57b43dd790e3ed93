import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Document, documentText, html, type Html, link } from "../../html";
import { type Board, flags, needsAttention, type Row } from "../model/board";
import { eventsView, lanesView, othersView, sourcesView } from "./parts";
import { FLAG_NAMES, rowView } from "./row";
import { shapes, type View } from "./view";

export type PageMode =
  /** The page follows a server, from this version of the board on. */
  | { readonly follows: string }
  /** The page is a file of its own, with style and script in it. */
  | { readonly style: string; readonly script: string };

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
        <ul id="sources" aria-label="Sources">
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
          <p id="none" hidden>No service matches.</p>
          <section id="others" aria-label="Other open pull requests">${othersView(others, view)}</section>
        </div>
        <section class="events" aria-labelledby="events-title">
          <h2 id="events-title">Latest events</h2>
          <ol id="events" aria-labelledby="events-title">
            ${eventsView(events, view)}
          </ol>
        </section>
      </main>`,
  } satisfies Document);
}

/** The search field, and one button for each flag, the most urgent first. */
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

export interface Assets {
  readonly style: string;
  readonly script: string;
}

/** Set in the board's bundle (packages/gitops/bundle.ts), which cannot read files of the project. */
declare const BUNDLED_ASSETS: Assets | undefined;

/** Reads the page's style, and bundles its script. */
export async function readAssets(): Promise<Assets> {
  if (typeof BUNDLED_ASSETS !== "undefined") return BUNDLED_ASSETS;
  // Imported here, because no other command needs it.
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
