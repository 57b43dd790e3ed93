import { shortImage } from "../../display/image";
import { html, type Html } from "../../html/html";
import { link } from "../../html/link";
import { ago } from "../../html/time";
import type { Passage, Pull } from "../model/board";
import { icon } from "./icons";
import type { View } from "./view";

/** What is between two environments: a line that says whether something is on it. */
export function passageView({ state, image, since, waitsFor, pulls }: Passage, view: View): Html {
  if (state === "none") return html`<div class="passage none"></div>`;
  if (state === "in step") return html`<div class="passage in-step"><span class="unseen">in step</span></div>`;
  const isStuck = pulls.some(({ refused }) => refused);
  const isWaiting = pulls.some(({ forPerson }) => forPerson) || (waitsFor !== null && pulls.length === 0);
  const tone = isStuck ? "stuck" : isWaiting ? "waiting" : "";
  return html`<div class="passage ${state.replace(" ", "-")} ${tone}">
    <p class="what">
      ${isStuck ? icon("refused") : isWaiting && icon("waiting")}
      ${image !== null && html`<span class="image" title="${image}">${shortImage(image)}</span>`}
      ${state === "apart" && "differs"} ${pulls.map(pullLink)}
    </p>
    <p class="wait">
      ${waitsFor === null ? state === "ahead" && "not promoted" : html`waits for <b>${waitsFor}</b>`}
      ${ago(since, view.now)}
    </p>
  </div>`;
}

/** A pull request by its number, its title at hand. */
export function pullLink({ number, title, url }: Pull): Html {
  return html`<span class="pull" title="${title}">${link(url, `#${number}`)}</span> `;
}
