import { readFileSync } from "node:fs";
import { join } from "node:path";
import { imageChange } from "../display";
import { documentText, html, type Html, link, readable } from "../html";
import { type Measured, sample } from "../history/metrics";
import { type Figure, figures } from "./figures";
import { plot } from "./plot";

/** What the page is about. */
export interface PlotsOptions {
  /** `owner/name`. */
  readonly repository: string;
  /** Its page. */
  readonly url: string;
  readonly measured: readonly Measured[];
  /** The one service that it is about; undefined: all. */
  readonly service: string | undefined;
  readonly now: Date;
}

/** The four figures of each environment over time, as a page that needs nothing else. */
export function plotsPage({ repository, url, measured, service, now }: PlotsOptions): string {
  const style = ["../theme.css", "plots.css"].map((file) => readFileSync(join(__dirname, file), "utf8"));
  const about = service ?? "all services";
  const page = (commit: string) => `${url}/commit/${commit}`;
  return documentText({
    title: `${repository}: delivery`,
    assets: { style: style.join("\n"), script: "" },
    body: html`<header>
        <h1>${link(url, repository)}</h1>
        <p>How ${about} came to each environment, as of ${readable(now.toISOString())}</p>
      </header>
      <main>${measured.map((each) => environmentView(each, page))}</main>`,
  });
}

function environmentView(measured: Measured, page: (commit: string) => string): Html {
  const { environment, deployments, since, now } = measured;
  const samples = sample(measured);
  const oldest = deployments.at(-1)?.at;
  const from = since?.getTime() ?? (oldest === undefined ? now.getTime() : Date.parse(oldest));
  return html`<section aria-labelledby="env-${environment}">
    <h2 id="env-${environment}">${environment}</h2>
    ${
      samples.counted.length === 0
        ? html`<p class="empty">No new version came in that time.</p>`
        : html`<div class="figures">
            ${figures({ samples, time: [from, now.getTime()], page }).map((each) => figureView(each, environment, page))}
          </div>`
    }
  </section>`;
}

function figureView(figure: Figure, environment: string, page: (commit: string) => string): Html {
  const { title, caption, table } = figure;
  return html`<figure>
    <figcaption>
      <h3>${title}</h3>
      <p>${caption}</p>
    </figcaption>
    ${plot(figure.plot)}
    <details>
      <summary>As a table<span class="unseen">: ${title} of ${environment}</span></summary>
      <div class="scroll" tabindex="0" role="region" aria-label="${title} of ${environment}">
        <table>
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Service</th>
              <th scope="col">Version</th>
              <th scope="col">${table.value}</th>
              <th scope="col">Commit</th>
            </tr>
          </thead>
          <tbody>
            ${table.rows.map(([{ at, service, from, to, commit }, value]) => {
              return html`<tr>
                <td>${readable(at)}</td>
                <td>${service}</td>
                <td><code>${imageChange(from, to)}</code></td>
                <td>${value}</td>
                <td>${link(page(commit), commit.slice(0, 7))}</td>
              </tr>`;
            })}
          </tbody>
        </table>
      </div>
    </details>
  </figure>`;
}
