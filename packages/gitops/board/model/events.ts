import { imageChange } from "../../display";
import { type Approval, type Deployment, type Kind, subjectOf } from "../../history/deployment";
import { type AutomaticWaitReason, type DesiredVersion, needsPerson, type PendingVersion } from "../../status/model";
import { type BoardEvent, type EventKind, isRefused, type Pull, type Transition } from "./board";

const KINDS: Readonly<Record<Kind, EventKind>> = {
  deployment: "deployed",
  promotion: "promoted",
  rollback: "rolled back",
  configuration: "configured",
  chart: "chart",
  removal: "removed",
  files: "files",
};

/** A deployment as an event. @param repository the repository's page */
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

/** The maximum length of the explanation that is shown, in characters. */
const MAX_LENGTH = 160;

function firstWords(explanation: string | null): string {
  const [first = ""] = (explanation ?? "").split("\n\n");
  const line = first.replaceAll(/\s+/g, " ");
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
}

function approvalKind({ state }: Approval): EventKind | undefined {
  return state === "break-glass" ? "break-glass" : state === "unverified" ? "unapproved" : undefined;
}

function describe(approval: Approval): string {
  switch (approval.state) {
    case "approved":
      return `approved by ${approval.by.join(", ")}`;
    case "break-glass":
      return `${approval.by} used break-glass: ${approval.reason}`;
    case "unverified":
      return approval.reason;
    case "not needed":
      return "";
  }
}

/** Merges lists of events into one, newest first. */
export function latest(most: number, ...lists: readonly (readonly BoardEvent[])[]): BoardEvent[] {
  return lists
    .flat()
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at))
    .slice(0, most);
}

/** The data of a transition. */
export interface Ends {
  /** The version of the environment before; null: there is no such environment, or no values in it. */
  readonly before: DesiredVersion | null;
  readonly here: DesiredVersion | null;
  /** What waits on `main` for its release. */
  readonly waits: PendingVersion | null;
  /** The open pull requests that change this environment, oldest first. */
  readonly pulls: readonly Pull[];
  /** What the version of the environment before waits for, if it is to come without a person's request. */
  readonly automatic?: AutomaticWaitReason | undefined;
}

/** The transition between two environments. */
export function transition({ before, here, waits, pulls, automatic }: Ends): Transition {
  const [first] = pulls;
  if (first) {
    // Shows the pull request that blocks: one that failed a check, else one that waits for a person.
    const blocking = pulls.find(isRefused) ?? pulls.find(({ waitsFor }) => needsPerson(waitsFor)) ?? first;
    const image = blocking.image ?? first.image ?? waits?.image ?? null;
    return { state: "under way", image, since: blocking.since, waitsFor: blocking.waitsFor, pulls };
  }
  if (waits) {
    return { state: "under way", image: waits.image, since: null, waitsFor: { state: "release" }, pulls };
  }
  const none = { image: null, since: null, waitsFor: null, pulls };
  if ((before?.image ?? null) === null || (here?.image ?? null) === null) return { state: "none", ...none };
  if (before?.image === here?.image) return { state: "in step", ...none };
  const since = before?.came?.at ?? null;
  const isNewer = (since ?? "") >= (here?.came?.at ?? "");
  const waitsFor = automatic ?? null;
  if (!isNewer) return { state: "apart", ...none, waitsFor };
  return { state: "ahead", image: before?.image ?? null, since, waitsFor, pulls };
}
