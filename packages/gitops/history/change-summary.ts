import { readTrailer, type TrailerName } from "@gitops-platform/contract/trailers";
import type { BranchStep, Commit } from "./commits";

/** What a change concerns. */
export interface Subject {
  readonly environment: string;
  /** Null for a chart. */
  readonly service: string | null;
}

/** Who made a change, and how its commit message describes it. */
export interface ChangeSummary {
  readonly by: readonly string[];
  readonly subject: string;
  readonly explanation: string | null;
  /** Whether the message says that it reverts an earlier commit. */
  readonly reverts: boolean;
  /** Whether a trailer says that the image was promoted from another environment. */
  readonly promoted: boolean;
}

/**
 * Summarizes a change from those commits of its step that concern it, since one pull request can change several
 * services. Trailers are claims of the committer, so approvals are never read from them.
 */
export function summarizeChange(step: BranchStep, about: Subject): ChangeSummary {
  const commits = commitsAbout(step.inner, about);
  const newest = commits[0] ?? step;
  const has = (name: TrailerName) => readTrailer(newest.message, name).length > 0;
  return {
    by: [...new Set(commits.flatMap(peopleOf))],
    subject: newest.message.split("\n", 1)[0] ?? "",
    explanation: explanationOf(newest.message),
    reverts: has("Reverts") || /^This reverts commit [0-9a-f]{7,}/m.test(newest.message),
    promoted: has("Promoted-From"),
  };
}

/** The pull request of a commit, from the subject that GitHub or the platform gives to merges. */
export function pullRequestOf({ message }: Commit): number | null {
  const subject = message.split("\n", 1)[0] ?? "";
  const [, merged, named] = /^Merge pull request #(\d+) |\(#(\d+)\)$/.exec(subject) ?? [];
  const number = merged ?? named;
  return number === undefined ? null : Number(number);
}

/** The commits that name the service; else those that name none, which were made by hand; else all. */
function commitsAbout(commits: readonly Commit[], { service, environment }: Subject): readonly Commit[] {
  const trailer = service === null ? "Charts" : "Service";
  const named = commits.filter(({ message }) => {
    const environments = readTrailer(message, "Environment");
    const elsewhere = environments.length > 0 && !environments.includes(environment);
    const names = readTrailer(message, trailer);
    return !elsewhere && (service === null ? names.length > 0 : names.includes(service));
  });
  if (named.length > 0) return named;
  const byHand = commits.filter(
    ({ message }) => readTrailer(message, "Service").length === 0 && readTrailer(message, "Charts").length === 0,
  );
  return byHand.length > 0 ? byHand : commits;
}

/**
 * The authors of a commit. Workflows commit as a bot and name the requester in a trailer; in other commits such a
 * trailer is ignored. Authors can use a bot's name too, so this is only a claim until a signed record confirms it.
 */
function peopleOf({ message, author }: Commit): string[] {
  if (!author.endsWith("[bot]")) return [author];
  const requested = readTrailer(message, "Requested-By");
  return requested.length > 0 ? requested : [author];
}

/** The paragraphs between subject and trailers. */
function explanationOf(message: string): string | null {
  const [, ...paragraphs] = message.trim().split(/\n{2,}/);
  const last = paragraphs.at(-1) ?? "";
  const trailers = last !== "" && last.split("\n").every((line) => /^[A-Za-z][A-Za-z-]*: /.test(line));
  const text = paragraphs.slice(0, trailers ? -1 : undefined).join("\n\n");
  return text === "" ? null : text;
}
