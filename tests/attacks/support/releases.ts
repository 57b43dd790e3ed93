import assert from "node:assert/strict";
import type { Actor } from "./actors";
import { afterwards } from "./cleaning";
import { type CommitMetadata, tipOf, type Workshop } from "./git";
import { allowed, type Answer, refused } from "./github";
import { freshVersion } from "./production";
import {
  approve,
  lineLike,
  merge,
  type Pull,
  propose,
  pullOf,
  releaseOf,
  validated,
  verdictOn,
  checkName,
} from "./pulls";
import { releaseRanAgain } from "./workflows";

export const PROD = "environments/prod/api.yaml";
export const STAGING = "environments/staging/api.yaml";

/** The values of staging and production on `main`, with another version of the API service. */
export function versionFiles(workshop: Workshop, version: string, ...paths: string[]): Record<string, string> {
  const main = workshop.tip("main");
  const files = paths.length > 0 ? paths : [PROD, STAGING];
  const of = (path: string) => {
    const text = workshop.show(main, path).replace(/^\s+digest: .*\n/m, "");
    return text.replace(/tag: "[^"]*"/, `tag: "${version}"`);
  };
  return Object.fromEntries(files.map((path) => [path, of(path)]));
}

/** Opens and merges a manual promotion. Returns its release. */
export async function releaseBy(workshop: Workshop, by: Actor, metadata: CommitMetadata = {}): Promise<Pull> {
  await workshop.fetch();
  const version = freshVersion();
  const title = `Promote api ${version}`;
  await land(by, await propose(workshop, by, "main", versionFiles(workshop, version), { title, ...metadata }));
  return releaseOf(version);
}

/** Merges a valid pull request into `main`. */
export async function land(by: Actor, pull: Pull): Promise<void> {
  const { conclusion, said } = await validated(pull);
  if (conclusion !== "success") throw new Error(`#${pull.number}: ${said}`);
  const { refused: isRefused, said: words } = await merge(by, pull.number);
  if (isRefused) throw new Error(`#${pull.number}: ${words}`);
}

interface Review {
  readonly id: number;
  readonly state: string;
}

/** Approves a pull request until the attack is over. */
export async function approveForNow(by: Actor, number: number): Promise<Answer> {
  afterwards(() => dismissAll(number));
  return approve(by, number);
}

/** Dismisses every approval. */
export async function dismissAll(number: number): Promise<void> {
  const reviews = await allowed<Review[]>("developer", "GET", `pulls/${number}/reviews`);
  for (const { id } of reviews.filter(({ state }) => state === "APPROVED")) {
    const path = `pulls/${number}/reviews/${id}/dismissals`;
    await allowed("the organisation's owner", "PUT", path, { message: "The attack is over" });
  }
}

/** The result of an attack on a release. */
export interface MergeAttempt {
  /** The commit of `env/prod` before the attack. */
  readonly before: string;
  /** GitHub's response to the manual merge. */
  readonly answer: Answer;
  readonly number: number;
}

/** Attempts a manual merge after some preparation. */
export async function tryMerge(by: Actor, number: number, prepare: () => Promise<unknown>): Promise<MergeAttempt> {
  const before = await tipOf("env/prod");
  await prepare();
  return { before, number, answer: await merge(by, number) };
}

/** Asserts that neither the manual merge nor the workflow Release, which ran afterwards, merged the pull request. */
export async function isKeptOut({ before, answer, number }: MergeAttempt): Promise<string> {
  const word = refused(/405|403|404|422|409/)(answer);
  await releaseRanAgain();
  assert.equal((await pullOf(number)).merged, false, "the workflow Release merged it");
  assert.equal(await tipOf("env/prod"), before, "env/prod moved");
  const verdict = await verdictOn(number, checkName("four-eyes", "env/prod"));
  return `four-eyes: ${lineLike(verdict?.said ?? "nothing", /./)}; ${word}`;
}
