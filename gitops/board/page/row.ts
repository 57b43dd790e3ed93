import { html, type Html } from "../../html/html";
import type { Flag, Row } from "../model/board";
import { cellView } from "./cell";
import { passageView } from "./passage";
import { waysView } from "./way";
import type { View } from "./view";

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
