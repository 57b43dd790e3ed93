import { shortImage } from "../../display/image";
import { span } from "../../display/span";
import { html, type Html } from "../../html/html";
import { link } from "../../html/link";
import { readable } from "../../html/time";
import type { Row, Stop, Way } from "../model/board";
import { icon, type Shape } from "./icons";
import { commitUrl, pullUrl, type View } from "./view";

/** The ways of a service's last versions: one line each, on which one can follow it through the environments. */
export function waysView({ service, ways }: Row, view: View): Html {
  if (ways.length === 0) return html`<p class="empty">No version of ${service} has come yet.</p>`;
  return html`<h4 class="unseen">The last versions of ${service}</h4>
    <ol class="ways">
      ${ways.map((way) => wayView(way, view))}
    </ol>`;
}

function wayView({ image, stops }: Way, view: View): Html {
  return html`<li class="way">
    <p class="name"><span class="image" title="${image}">${shortImage(image)}</span></p>
    <div class="track">
      ${stops.map((stop, index) => html`<div class="leg">${between(stops[index - 1], stop)} ${stopView(stop, view)}</div>`)}
    </div>
  </li>`;
}

function between(before: Stop | undefined, { at, state }: Stop): Html {
  const gone = at !== null && before !== undefined;
  const seconds = gone && before.at !== null ? (Date.parse(at) - Date.parse(before.at)) / 1000 : -1;
  return html`<div class="passage ${gone ? "travelled" : state === "waits" ? "waiting" : "none"}">
    ${seconds >= 0 && html`<p class="what"><span class="unseen">after</span> ${span(seconds)}</p>`}
  </div>`;
}

const LOOKS: Readonly<Record<Stop["state"], readonly [shape: Shape, words: string]>> = {
  here: ["arrived", "is here"],
  passed: ["unknown", "replaced"],
  "rolled back": ["back", "rolled back"],
  waits: ["waiting", "waits"],
  "not yet": ["absent", "not yet"],
};

function stopView({ environment, state, at, commit, by, pullRequest }: Stop, view: View): Html {
  const [shape, words] = LOOKS[state];
  return html`<div class="stop ${state.replace(" ", "-")}">
    <p class="version">
      ${icon(shape)} <span class="lane-name">${environment}</span> <span class="state">${words}</span>
    </p>
    ${
      at !== null &&
      html`<p class="came">
        <time datetime="${at}" data-fixed>${readable(at)}</time> <span class="by">${by.join(", ")}</span>
        ${commit !== null && html`<span class="commit">${link(commitUrl(view, commit), commit.slice(0, 7))}</span>`}
        ${pullRequest !== null && html`<span class="pull">${link(pullUrl(view, pullRequest), `#${pullRequest}`)}</span>`}
      </p>`
    }
  </div>`;
}
