import { html, Html } from "../../html";
import type { CellState, EventKind } from "../model/board";

/** What all parts of the page need. */
export interface View {
  /** The repository's page, for links. */
  readonly url: string;
  /** The time for which ages are computed, in milliseconds. */
  readonly now: number;
}

export function commitUrl({ url }: View, commit: string): string {
  return `${url}/commit/${commit}`;
}

export function pullUrl({ url }: View, number: number): string {
  return `${url}/pull/${number}`;
}

/** One shape for each state, so that colour alone carries no meaning. Drawn on 16 × 16. */
const SHAPES = {
  healthy: '<circle cx="8" cy="8" r="7" class="fill"/><path d="m4.8 8.2 2.3 2.3 4.2-4.6" class="cut"/>',
  moving: '<circle cx="8" cy="8" r="6" class="ring"/><path d="M8 4.5V8l2.5 1.8" class="line"/>',
  drift: '<path d="M8 .8 15.2 8 8 15.2.8 8Z" class="fill"/><path d="M5 6.5h6M5 9.5h6m-1.6-5L6.6 11.6" class="cut"/>',
  undeclared:
    '<path d="M8 .8 15.2 8 8 15.2.8 8Z" class="fill"/><path d="M8 4.6v3.8M6.1 6.5h3.8M6.1 10.8h3.8" class="cut"/>',
  broken: '<path d="M8 1 15.5 14.5H.5Z" class="fill"/><path d="M8 5.8v4.2m0 1.6v.4" class="cut"/>',
  unknown: '<circle cx="8" cy="8" r="6" class="dashed"/><circle cx="8" cy="8" r="1.2" class="fill"/>',
  unreachable: '<circle cx="8" cy="8" r="6" class="ring"/><path d="m3.8 3.8 8.4 8.4" class="line"/>',
  absent: '<path d="M4 8h8" class="line"/>',
  waiting:
    '<rect x="1.5" y="1.5" width="13" height="13" rx="3" class="ring"/><path d="M6.2 5v6M9.8 5v6" class="line"/>',
  arrived: '<circle cx="8" cy="8" r="5" class="fill"/>',
  back: '<path d="M6 3 2.5 6.5 6 10M2.5 6.5H10a3.5 3.5 0 0 1 0 7H7" class="line"/>',
  refused: '<circle cx="8" cy="8" r="7" class="fill"/><path d="m5.4 5.4 5.2 5.2m0-5.2-5.2 5.2" class="cut"/>',
} as const;

export type Shape = keyof typeof SHAPES;

/** The definitions of all shapes, which {@link icon} refers to. */
export const shapes: Html = html`<svg hidden aria-hidden="true" class="shapes">
  ${Object.entries(SHAPES).map(([name, paths]) => {
    return html`<symbol id="shape-${name}" viewBox="0 0 16 16">${new Html(paths)}</symbol>`;
  })}
</svg>`;

/** A shape, hidden from screen readers because there are words beside it. */
export function icon(shape: Shape): Html {
  return html`<svg class="icon" aria-hidden="true"><use href="#shape-${shape}" /></svg>`;
}

export function stateShape(state: CellState): Shape {
  if (state === "out of reach") return "unreachable";
  return state === "skipped" ? "absent" : state;
}

/** The shape of an event, and its colour: that of a state. */
export const EVENT_STYLES: Readonly<Record<EventKind, readonly [shape: Shape, tone: string]>> = {
  deployed: ["arrived", "healthy"],
  promoted: ["arrived", "healthy"],
  "rolled back": ["back", "drift"],
  configured: ["arrived", "quiet"],
  chart: ["arrived", "quiet"],
  removed: ["absent", "quiet"],
  files: ["arrived", "quiet"],
  "break-glass": ["broken", "broken"],
  unapproved: ["broken", "broken"],
  foreign: ["broken", "broken"],
  drift: ["drift", "drift"],
  undeclared: ["undeclared", "broken"],
  undone: ["healthy", "healthy"],
  healed: ["healthy", "healthy"],
  degraded: ["broken", "broken"],
  recovered: ["healthy", "healthy"],
  "sync failed": ["broken", "broken"],
  refused: ["refused", "broken"],
  closed: ["absent", "quiet"],
};
