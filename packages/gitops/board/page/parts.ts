import { shortImage } from "../../display";
import { describeCatalogueProblem } from "../../status/alarms";
import { describeFinding, type Finding } from "../../drift/finding";
import { ago, html, type Html, link } from "../../html";
import { describeWaitReason, needsPerson } from "../../status/model";
import {
  type Board,
  type BoardEvent,
  type CellState,
  isRefused,
  type Lane,
  type Pull,
  type Source,
  type Transition,
} from "../model/board";
import { EVENT_STYLES, icon, stateShape, type View } from "./view";

/** The sources, and when they responded last. */
export function sourcesView(sources: readonly Source[], view: View): Html {
  return html`${sources.map(({ name, at, reason }) => {
    const lost = reason !== null;
    return html`<li class="source ${lost && "lost"}" title="${reason ?? ""}">
      ${icon(lost ? "unreachable" : at === null ? "moving" : "healthy")} <span>${name}</span>
      ${lost ? html`<b>out of reach</b>` : at === null && "not read yet"} ${ago(at, view.now)}
      ${lost && html`<span class="reason">${reason}</span>`}
    </li>`;
  })}`;
}

const STATES: readonly CellState[] = ["broken", "undeclared", "drift", "moving", "unknown", "out of reach", "healthy"];

/** The environments, as headings of the lanes. */
export function lanesView(lanes: readonly Lane[]): Html {
  return html`${lanes.map((lane, index) => {
    const { name, promotesFrom, branch, chartsWait, source, outOfReach, counts, catalogue, findings, unread } = lane;
    // Beside the lane that it promotes from, the page shows the promotion as a line between the two.
    const isApart = promotesFrom !== null && lanes[index - 1]?.name !== promotesFrom;
    const shown = STATES.filter((state) => (counts[state] ?? 0) > 0);
    return html`<li class="leg">
      <div class="lane">
        <h2>${name}</h2>
        <p class="branch">
          follows <code>${branch}</code>${source === "GitHub deployments" && ", as its cluster reported to GitHub"}
          ${isApart && html`, gets versions from <b>${promotesFrom}</b>`}
        </p>
        <p class="counts">
          ${shown.map((state) => {
            return html`<span class="count ${state.replaceAll(" ", "-")}"
              >${icon(stateShape(state))} ${counts[state]} ${state}</span
            > `;
          })}
        </p>
        ${outOfReach !== null && html`<p class="lost-lane">${icon("unreachable")} out of reach</p>`}
        ${
          catalogue !== null &&
          html`<p class="lost-lane">${icon("broken")} catalogue: ${describeCatalogueProblem(catalogue).join("; ")}</p>`
        }
        ${findingsView(findings)}
        ${
          unread.length > 0 &&
          html`<p class="unread" title="${unread.map(({ what, reason }) => `${what}: ${reason}`).join("\n")}">
            ${icon("unknown")} not searched:
            ${unread
              .map(({ what }) => what)
              .slice(0, 5)
              .join(", ")}
            ${unread.length > 5 && ` and ${unread.length - 5} more`}
          </p>`
        }
        ${chartsWait && html`<p class="charts">${icon("waiting")} charts wait for their release</p>`}
      </div>
    </li>`;
  })}`;
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

/** Open pull requests that change no service. */
export function othersView(pulls: Board["others"], view: View): Html {
  if (pulls.length === 0) return html``;
  return html`<h2>Also open</h2>
    <ul class="plain">
      ${pulls.map((pull) => {
        return html`<li>
          ${icon("waiting")} ${pullLink(pull)} ${pull.title} into ${pull.base} waits for
          <b>${describeWaitReason(pull.waitsFor)}</b>
          ${ago(pull.since, view.now)}
        </li>`;
      })}
    </ul>`;
}

export function eventsView(events: readonly BoardEvent[], view: View): Html {
  if (events.length === 0) return html`<li class="empty">Nothing has happened yet.</li>`;
  return html`${events.map(({ at, kind, environment, about, text, by, url }) => {
    const [shape, tone] = EVENT_STYLES[kind];
    return html`<li class="event ${tone}">
      ${icon(shape)}
      <p>
        <b>${about}</b> ${link(url, kind)}${environment !== null && ` in ${environment}`}
        <span class="text">${text}</span>
        <span class="came">${ago(at, view.now)} ${by}</span>
      </p>
    </li>`;
  })}`;
}

/**
 * The line between two environments, with what is on its way.
 * @param siblings The other environments into which a release of the service waits for a review.
 */
export function transitionView(
  { state, image, since, waitsFor, pulls }: Transition,
  view: View,
  siblings: readonly string[],
): Html {
  if (state === "none") return html`<div class="transition none"></div>`;
  if (state === "in step") return html`<div class="transition in-step"><span class="unseen">in step</span></div>`;
  const isStuck = pulls.some(isRefused);
  const isWaiting = (pulls.length > 0 ? pulls.map((pull) => pull.waitsFor) : [waitsFor]).some(
    (reason) => reason !== null && needsPerson(reason),
  );
  const tone = isStuck ? "stuck" : isWaiting ? "waiting" : "";
  const wait =
    waitsFor !== null &&
    html`waits for <b>${describeWaitReason(waitsFor)}</b>${
        siblings.length > 0 && html`, together with ${siblings.join(", ")}`
      }`;
  return html`<div class="transition ${state.replace(" ", "-")} ${tone}">
    <p class="what">
      ${isStuck ? icon("refused") : isWaiting && icon("waiting")}
      ${image !== null && html`<span class="image" title="${image}">${shortImage(image)}</span>`}
      ${state === "apart" && "differs"} ${pulls.map(pullLink)}
    </p>
    <p class="wait">${wait === false ? state === "ahead" && "not promoted" : wait} ${ago(since, view.now)}</p>
  </div>`;
}

/** A pull request's number as a link, with its title as a tooltip. */
function pullLink({ number, title, url }: Pull): Html {
  return html`<span class="pull" title="${title}">${link(url, `#${number}`)}</span> `;
}
