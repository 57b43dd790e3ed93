import { readTrailer, type TrailerName } from "../../contract/trailers";
import type { Commit, Step } from "./commits";

/** What a step is about, as far as its commits' messages tell. */
export interface Subject {
  readonly environment: string;
  /** Null for a chart. */
  readonly service: string | null;
}

/** Who made a change, and what they say about it. */
export interface Story {
  readonly by: readonly string[];
  readonly subject: string;
  readonly explanation: string | null;
  /** Whether a trailer says that an earlier commit is undone. */
  readonly reverts: boolean;
  /** Whether a trailer says that the image came from another environment. */
  readonly promoted: boolean;
}

/**
 * Tells a change by the commits of its step that are about it: one pull request can carry several services. What
 * trailers say is what the committer said, no more: never who approved.
 */
export function tellStory(step: Step, about: Subject): Story {
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

/** The pull request that a step came by, by the title that GitHub or the platform gives to merges. */
export function pullRequestOf({ message }: Commit): number | null {
  const subject = message.split("\n", 1)[0] ?? "";
  const [, merged, named] = /^Merge pull request #(\d+) |\(#(\d+)\)$/.exec(subject) ?? [];
  const number = merged ?? named;
  return number === undefined ? null : Number(number);
}

/** Those that name the service; else those that name none, made by hand; else all. */
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
 * Whom a commit is by. Only workflows write for whom they act, and they commit as a bot: in anybody else's commit such
 * a trailer is an invention. A bot's name can be taken too, so what is told from here is a claim all the same, which a
 * signed record replaces.
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
