import { shortImage } from "../../display";
import { describeAlarm, runningImage, sameImage } from "../../status/alarms";
import { describeFinding, type Finding } from "../../drift/finding";
import { ago, html, type Html, link } from "../../html";
import type { Cell } from "../model/board";
import { commitUrl, icon, stateShape, type View } from "./view";

/** One service in one environment: its version, origin and state. */
export function cellView(service: string, cell: Cell, view: View): Html {
  const { environment, state, declared } = cell;
  if (state === "absent") {
    return html`<section class="cell absent" data-lane="${environment}" aria-label="${service} in ${environment}">
      <p class="version">${icon("absent")} <span class="none">not there</span></p>
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
export function describeState(cell: Pick<Cell, "state" | "runs" | "declared" | "alarms">): string {
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

/** The maximum number of findings that are shown; the others are counted. */
const FINDINGS = 4;

/** Undeclared changes, each with the command that undoes it. */
export function findingsView(findings: readonly Finding[]): Html {
  const more = findings.length - FINDINGS;
  return html`${findings.slice(0, FINDINGS).map((finding) => {
    return html`<div class="finding">
      <p>${describeFinding(finding).slice(0, 300)}</p>
      <details>
        <summary>Undo</summary>
        <code>${finding.undo}</code>
        ${finding.notes.length > 0 && html`<p>${finding.notes.join(" ")}</p>`}
      </details>
    </div>`;
  })}
  ${more > 0 && html`<p class="finding">and ${more} more: gitops status lists them all</p>`}`;
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
