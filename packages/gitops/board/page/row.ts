import { span } from "../../durations";
import { shortImage } from "../../display";
import { html, type Html, link, readable } from "../../html";
import type { Flag, Pipeline, Row, Stage } from "../model/board";
import { cellView } from "./cell";
import { transitionView } from "./parts";
import { commitUrl, icon, pullUrl, type Shape, type View } from "./view";

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
 * One service in all environments.
 * @param more "embedded": the versions' pipelines are in the page, hidden; undefined: the page fetches them
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
      ${cells.map((cell) => html`<div class="leg">${transitionView(cell.transition, view)} ${cellView(service, cell, view)}</div>`)}
    </div>
    <div class="more" hidden></div>
    ${more && html`<template>${pipelinesView(row, view)}</template>`}
  </li>`;
}

/** The pipelines of a service's latest versions, one line each. */
export function pipelinesView({ service, pipelines }: Row, view: View): Html {
  if (pipelines.length === 0) return html`<p class="empty">${service} has no versions yet.</p>`;
  return html`<h4 class="unseen">The last versions of ${service}</h4>
    <ol class="pipelines">
      ${pipelines.map((pipeline) => pipelineView(pipeline, view))}
    </ol>`;
}

function pipelineView({ image, stages }: Pipeline, view: View): Html {
  return html`<li class="pipeline">
    <p class="name"><span class="image" title="${image}">${shortImage(image)}</span></p>
    <div class="track">
      ${stages.map((stage, index) => html`<div class="leg">${between(stages[index - 1], stage)} ${stageView(stage, view)}</div>`)}
    </div>
  </li>`;
}

function between(before: Stage | undefined, { at, state }: Stage): Html {
  const gone = at !== null && before !== undefined;
  const seconds = gone && before.at !== null ? (Date.parse(at) - Date.parse(before.at)) / 1000 : -1;
  return html`<div class="transition ${gone ? "travelled" : state === "waits" ? "waiting" : "none"}">
    ${seconds >= 0 && html`<p class="what"><span class="unseen">after</span> ${span(seconds)}</p>`}
  </div>`;
}

const STAGE_STYLES: Readonly<Record<Stage["state"], readonly [shape: Shape, words: string]>> = {
  here: ["arrived", "is here"],
  passed: ["unknown", "replaced"],
  "rolled back": ["back", "rolled back"],
  waits: ["waiting", "waits"],
  "not yet": ["absent", "not yet"],
};

function stageView({ environment, state, at, commit, by, pullRequest }: Stage, view: View): Html {
  const [shape, words] = STAGE_STYLES[state];
  return html`<div class="stage ${state.replace(" ", "-")}">
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
