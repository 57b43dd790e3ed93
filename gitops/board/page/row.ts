import { span } from "../../durations";
import { shortImage } from "../../display";
import { html, type Html, link, readable } from "../../html";
import type { Flag, Row, Stop, Way } from "../model/board";
import { cellView } from "./cell";
import { passageView } from "./parts";
import { commitUrl, icon, pullUrl, type Shape, type View } from "./view";

/** How a flag is called. */
export const FLAG_NAMES: Readonly<Record<Flag, string>> = {
  foreign: "Not from its branch",
  broken: "Broken",
  undeclared: "Not in Git",
  drift: "Drift",
  refused: "Refused",
  unapproved: "Not approved",
  waiting: "Waiting",
  moving: "Moving",
  behind: "Behind",
};

/**
 * One service through all environments.
 * @param more The ways of its versions at once, hidden; undefined: they are fetched when somebody asks.
 */
export function rowView(row: Row, view: View, more?: "embedded"): Html {
  const { service, cells, flags } = row;
  const search = [service, ...cells.flatMap(({ declared }) => [declared?.image, ...(declared?.came?.by ?? [])])];
  return html`<li
    class="row"
    data-service="${service}"
    data-flags="${flags.join(" ")}"
    data-search="${search.filter(Boolean).join(" ").toLowerCase()}"
  >
    <h3 class="name">
      <button type="button" class="opener" aria-expanded="false">${service}</button>
      <span class="flags">${flags.map((flag) => html`<span class="flag ${flag}">${FLAG_NAMES[flag]}</span> `)}</span>
    </h3>
    <div class="track">
      ${cells.map((cell) => html`<div class="leg">${passageView(cell.passage, view)} ${cellView(service, cell, view)}</div>`)}
    </div>
    <div class="more" hidden></div>
    ${more && html`<template>${waysView(row, view)}</template>`}
  </li>`;
}

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
