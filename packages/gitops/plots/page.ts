import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { imageChange } from "../display";
import { documentText, html, type Html, link, readable } from "../html";
import { readMeasured, type Wanted } from "../history/history";
import { type Measured, sample } from "../history/metrics";
import type { Session } from "../session";
import { pageOf } from "../target";
import { type Figure, figures } from "./figures";
import { plot } from "./plot";

/** Writes the plots of a part of the history to a file. */
export async function writePlots(file: string, { clone, target, log }: Session, wanted: Wanted): Promise<void> {
  const now = new Date();
  const measured = (await readMeasured(clone, wanted, now)).map((each) => each.measured);
  const repository = `${target.owner}/${target.name}`;
  await writeFile(file, plotsPage({ repository, url: pageOf(target), measured, service: wanted.service, now }));
  log(`Wrote ${file}`);
}

export interface PlotsOptions {
  /** `owner/name`. */
  readonly repository: string;
  /** The repository's page. */
  readonly url: string;
  readonly measured: readonly Measured[];
  /** undefined: all services. */
  readonly service: string | undefined;
  readonly now: Date;
}

/** The four figures of each environment over time, as one HTML file. */
export function plotsPage({ repository, url, measured, service, now }: PlotsOptions): string {
  const style = ["../theme.css", "plots.css"].map((file) => readFileSync(join(__dirname, file), "utf8"));
  const about = service ?? "all services";
  const page = (commit: string) => `${url}/commit/${commit}`;
  return documentText({
    title: `${repository}: delivery`,
    assets: { style: style.join("\n"), script: "" },
    body: html`<header>
        <h1>${link(url, repository)}</h1>
        <p>How ${about} reached each environment, as of ${readable(now.toISOString())}</p>
      </header>
      <main>${measured.map((each) => environmentView(each, page))}</main>`,
  });
}

function environmentView(measured: Measured, page: (commit: string) => string): Html {
  const { environment, deployments, since, now } = measured;
  const samples = sample(measured);
  const oldest = deployments.at(-1)?.at;
  const from = since?.getTime() ?? (oldest === undefined ? now.getTime() : Date.parse(oldest));
  const time: [number, number] = [from, now.getTime()];
  return html`<section aria-labelledby="env-${environment}">
    <h2 id="env-${environment}">${environment}</h2>
    ${
      samples.counted.length === 0
        ? html`<p class="empty">No new version in this period.</p>`
        : html`<div class="figures">
            ${figures({ samples, time, page }).map((each) => figureView(each, environment, page))}
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
