import { environmentBranch } from "@gitops-platform/contract/branches";
import { span } from "../../durations";
import { shortImage } from "../../display";
import { ago, html, type Html, link, readable } from "../../html";
import type { Cell, Flag, Pipeline, Row, Stage } from "../model/board";
import { findingsView, transitionView } from "./parts";
import { commitUrl, icon, pullUrl, type Shape, stateShape, type View } from "./view";
import { describeAlarm, runningImage, sameImage } from "../../status/alarms";

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
  const wave = cells.filter(waitsForApproval).map(({ environment }) => environment);
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
      ${cells.map((cell) => {
        const siblings = wave.includes(cell.environment) ? wave.filter((name) => name !== cell.environment) : [];
        return legView(transitionView(cell.transition, view, siblings), cellView(service, cell, view));
      })}
    </div>
    <div class="more" hidden></div>
    ${more && html`<template>${pipelinesView(row, view)}</template>`}
  </li>`;
}

/** Whether a release into this environment waits for a review. */
function waitsForApproval({ environment, transition }: Cell): boolean {
  return transition.pulls.some(
    ({ base, waitsFor }) => base === environmentBranch(environment) && waitsFor.state === "review",
  );
}

/** An environment, after the way to it. */
function legView(way: Html, place: Html): Html {
  return html`<div class="leg">${way} ${place}</div>`;
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
      ${stages.map((stage, index) => {
        const before = stages.slice(0, index).findLast(({ state }) => state !== "skipped");
        return legView(between(before, stage), stageView(stage, view));
      })}
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
  skipped: ["absent", "skipped"],
  "not yet": ["absent", "not yet"],
};

function stageView({ environment, state, at, commit, by, pullRequest: pull }: Stage, view: View): Html {
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
        ${pull !== null && html`<span class="pull">${link(pullUrl(view, pull), `#${pull}`)}</span>`}
      </p>`
    }
  </div>`;
}

/** One service in one environment: its version, where it came from, and its state. */
function cellView(service: string, cell: Cell, view: View): Html {
  const { environment, state, declared } = cell;
  if (state === "absent" || state === "skipped") {
    return html`<section class="cell ${state}" data-lane="${environment}" aria-label="${service} in ${environment}">
      <p class="version">
        ${icon("absent")} <span class="none">${state === "skipped" ? "skipped" : "not there"}</span>
      </p>
    </section>`;
  }
  return html`<section
    class="cell ${state.replaceAll(" ", "-")}"
    data-lane="${environment}"
    aria-label="${service} in ${environment}"
  >
    <p class="version">
      ${icon(stateShape(state))}
      <span class="image" title="${declared?.image ?? ""}">${shortImage(declared?.image ?? null)}</span>
      <span class="state">${describeState(cell)}</span>
    </p>
    ${came(cell, view)} ${details(cell)}
  </section>`;
}

/** The state in words. */
function describeState(cell: Pick<Cell, "state" | "runs" | "declared" | "alarms">): string {
  const { state, runs, declared, alarms } = cell;
  if (runs.state === "nothing known") return "Nothing known";
  if (runs.state === "out of reach") return "Out of reach";
  const { health, image, sync } = runs.value;
  if (alarms.length > 0) return `${health}, not from its branch`;
  if (state === "undeclared") return `${health}, not all of it in Git`;
  if (state === "drift") return `Drift, ${health}`;
  if (state === "broken" && health === "Healthy") return "Healthy, with errors";
  if (state === "moving" && declared && image !== null && !sameImage(declared, runs.value)) {
    return `${health}, runs ${runningImage(declared, runs.value)}`;
  }
  return sync === null || sync === "Synced" ? health : `${health}, ${sync}`;
}

function came({ declared }: Cell, view: View): Html {
  if (!declared?.came) return html``;
  const { at, commit, by, approval } = declared.came;
  const trust =
    approval.state === "approved"
      ? html`<span class="trust">approved by ${approval.by.join(", ")}</span>`
      : approval.state === "break-glass"
        ? html`<strong class="trust bad">break-glass by ${approval.by}</strong>`
        : approval.state === "unverified" &&
          html`<strong class="trust bad" title="${approval.reason}">not verified: ${approval.reason}</strong>`;
  return html`<p class="came">
    ${ago(at, view.now)} <span class="by">${by.join(", ")}</span>
    <span class="commit">${link(commitUrl(view, commit), commit.slice(0, 7))}</span> ${trust}
  </p>`;
}

function details({ differences, problems, runs, alarms, findings }: Cell): Html {
  const shown = differences.slice(0, 3);
  const more = differences.length - shown.length;
  return html`${
    shown.length > 0 && html`<p class="differs">≠ ${shown.join(", ")}${more > 0 && ` and ${more} more`}</p>`
  }
  ${alarms.map((alarm) => html`<p class="problem">${describeAlarm(alarm)}</p>`)} ${findingsView(findings)}
  ${problems.slice(0, 2).map((problem) => html`<p class="problem">${problem.slice(0, 300)}</p>`)}
  ${runs.state === "out of reach" && html`<p class="came">${runs.reason.slice(0, 120)}</p>`}`;
}
