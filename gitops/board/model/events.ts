import { imageChange } from "../../display/image";
import { type Approval, type Deployment, type Kind, subjectOf } from "../../history/deployment";
import type { BoardEvent, EventKind } from "./board";

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
