import { imageChange } from "../../display";
import { type Approval, type Deployment, type Kind, subjectOf } from "../../history/deployment";
import type { Declared, Waits } from "../../status/model";
import type { BoardEvent, EventKind, Passage, Pull } from "./board";

const KINDS: Readonly<Record<Kind, EventKind>> = {
  deployment: "deployed",
  promotion: "promoted",
  rollback: "rolled back",
  configuration: "configured",
  chart: "chart",
  removal: "removed",
  files: "files",
};

/**
 * What a deployment was, as the board tells it.
 * @param repository The repository's page.
 */
export function eventOf(deployment: Deployment, repository: string): BoardEvent {
  const { at, commit, environment, kind, from, to, files, by, approval, explanation } = deployment;
  return {
    at,
    kind: approvalKind(approval) ?? KINDS[kind],
    environment,
    about: subjectOf(deployment),
    text: [
      files ? files.join(", ") : kind === "configuration" ? "configuration" : imageChange(from, to),
      firstWords(explanation),
      describe(approval),
    ]
      .filter((part) => part !== "")
      .join("; "),
    by: by.join(", ") || null,
    url: `${repository}/commit/${commit}`,
  };
}

/** So much is told of why something was done: the commit has the rest. */
const WORDS = 160;

function firstWords(explanation: string | null): string {
  const [first = ""] = (explanation ?? "").split("\n\n");
  const line = first.replaceAll(/\s+/g, " ");
  return line.length > WORDS ? `${line.slice(0, WORDS)}…` : line;
}

function approvalKind({ state }: Approval): EventKind | undefined {
  return state === "break-glass" ? "break-glass" : state === "unverified" ? "unapproved" : undefined;
}

function describe(approval: Approval): string {
  switch (approval.state) {
    case "approved":
      return `approved by ${approval.by.join(", ")}`;
    case "break-glass":
      return `${approval.by} went past the second person: ${approval.reason}`;
    case "unverified":
      return approval.reason;
    case "not needed":
      return "";
  }
}

/** Events of several sources as one list, newest first. */
export function latest(most: number, ...lists: readonly (readonly BoardEvent[])[]): BoardEvent[] {
  return lists
    .flat()
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at))
    .slice(0, most);
}

/** What a passage is made of. */
export interface Ends {
  /** What the environment before has; null: there is no environment before, or no values there. */
  readonly before: Declared | null;
  readonly here: Declared | null;
  /** What waits on `main` for its release to here. */
  readonly waits: Waits | null;
  /** The open pull requests that bring something here, oldest first. */
  readonly pulls: readonly Pull[];
}

/** Says what is between two environments. */
export function passage({ before, here, waits, pulls }: Ends): Passage {
  const [first] = pulls;
  if (first) {
    // A release that is refused, or that waits for a person, is what holds it up.
    const holds = pulls.find(({ refused }) => refused) ?? pulls.find(({ forPerson }) => forPerson) ?? first;
    const image = holds.image ?? first.image ?? waits?.image ?? null;
    return { state: "under way", image, since: holds.since, waitsFor: holds.waitsFor, pulls };
  }
  if (waits) {
    return { state: "under way", image: waits.image, since: null, waitsFor: "its release to be asked for", pulls };
  }
  const none = { image: null, since: null, waitsFor: null, pulls };
  if ((before?.image ?? null) === null || (here?.image ?? null) === null) return { state: "none", ...none };
  if (before?.image === here?.image) return { state: "in step", ...none };
  const since = before?.came?.at ?? null;
  const isNewer = (since ?? "") >= (here?.came?.at ?? "");
  return isNewer ? { state: "ahead", ...none, image: before?.image ?? null, since } : { state: "apart", ...none };
}
