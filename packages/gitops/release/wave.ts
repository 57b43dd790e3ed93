import { CHARTS } from "@gitops-platform/contract/paths";
import { environmentBranch } from "@gitops-platform/contract/branches";
import { imageName, type ImageState } from "@gitops-platform/contract/values/image";
import { RequestError } from "@octokit/request-error";
import { isDeepStrictEqual } from "node:util";
import { describeError } from "../errors";
import { mergedTree } from "../git/commits";
import { changesBetween } from "../git/file-history";
import { fetchOfPull, remoteBranch } from "../git/refs";
import { ownership } from "../github/approvals";
import { openReleasesOf, type ReleasePull } from "../github/release-pulls";
import type { ApiSession, Session } from "../session";
import { summariesAt } from "../values/at";
import { type Description, describe } from "./description";
import { belongsTo } from "./unit";

/** The approval of a release, as plain JSON. */
export interface Approved {
  readonly service: string;
  readonly environment: string;
  /** The release's pull request. */
  readonly number: number;
  readonly url: string;
  /** The approved commit. */
  readonly commit: string;
  /** The login of the approver; null if GitHub does not return it. */
  readonly by: string | null;
}

/** Approves a release at the commit that was read with it. */
export async function approveRelease(
  { github, repository }: ApiSession,
  service: string,
  { environment, number, url, head: commit }: ReleasePull,
): Promise<Approved> {
  const review = { ...repository, pull_number: number, commit_id: commit, event: "APPROVE" as const };
  const { data } = await github.rest.pulls.createReview(review);
  return { service, environment, number, url, commit, by: data.user?.login ?? null };
}

/** What a release does to its environment. A release may do several things. */
export type Content =
  | "version"
  | "configuration"
  | "first values"
  | "removal"
  | "retirement"
  | "new delivery"
  | "changed delivery"
  | "removed delivery"
  | "charts"
  | "rendering"
  | "other files";

/** A release of a wave. */
export interface WaveRelease {
  readonly pull: ReleasePull;
  /** The image before and after the release; undefined for charts. */
  readonly from: ImageState | undefined;
  readonly to: ImageState | undefined;
  readonly contents: readonly Content[];
  /** What it brings, to compare: the image's full name, or the object of the charts in Git. */
  readonly version: string;
  /** The paths that it changes. */
  readonly paths: readonly string[];
}

/**
 * Reads a wave: the open releases of a service or of the charts, each into another environment, by the environments'
 * names. Versions and contents are read from the commits, because writers can edit a pull request's title and text.
 */
export async function readWave(session: Session, unit: string): Promise<WaveRelease[]> {
  const pulls = await openReleasesOf(session, unit);
  if (pulls.length === 0) return [];
  await session.clone.fetch(...pulls.map(({ number }) => fetchOfPull(number)));
  const wave = await Promise.all(pulls.map((pull) => readRelease(session, pull, unit)));
  return wave.sort((one, other) => (one.pull.environment < other.pull.environment ? -1 : 1));
}

async function readRelease({ clone }: Session, pull: ReleasePull, name: string): Promise<WaveRelease> {
  const { environment, head } = pull;
  const service = name === CHARTS ? undefined : name;
  const unit = { environment, service };
  const base = remoteBranch(environmentBranch(environment));
  // If it conflicts, it cannot be merged anyway.
  const after = (await mergedTree(clone, base, head)) ?? head;
  const paths = (await changesBetween(clone, base, after)).map(({ path }) => path);
  const others: Content[] = paths.every((path) => belongsTo(unit, path)) ? [] : ["other files"];
  const description = await describe(clone, unit, base, after);
  const { from, to } = description;
  if (service === undefined) {
    const version = (await clone.find(`${after}:${CHARTS}`)) ?? "none";
    return { pull, from, to, contents: ["charts", ...others], version, paths };
  }
  const file = { environment, service };
  const [was, is] = await summariesAt(clone, [
    { ...file, revision: base },
    { ...file, revision: after },
  ]);
  const isSame = isDeepStrictEqual(was?.others, is?.others);
  const contents = [...contentsOf(description, isSame), ...others];
  return { pull, from, to, contents, version: fullVersion(to), paths };
}

/** @param isSame Whether the values are the same except for the version. */
function contentsOf({ delivery, values, from, to }: Description, isSame: boolean): Content[] {
  if (delivery === "retired") return ["retirement"];
  const isDelivery = delivery === "new" || delivery === "changed" || delivery === "removed";
  const delivered: Content[] = isDelivery ? [`${delivery} delivery`] : [];
  if (values === "same") return isDelivery ? delivered : ["rendering"];
  if (to?.state === "no file") return ["removal", ...delivered];
  if (from?.state === "no file") return ["first values", ...delivered];
  const isVersion = fullVersion(from) !== fullVersion(to);
  return [
    ...(isVersion ? ["version" as const] : []),
    ...(isVersion && isSame ? [] : ["configuration" as const]),
    ...delivered,
  ];
}

function fullVersion(state: ImageState | undefined): string {
  return state?.state === "read" ? imageName(state.image) : "none";
}

/** What the releases of a wave must have in common, so that one approval means one thing. */
export type WaveDifference = "version" | "contents";

/** In what the releases of a wave differ. */
export function differencesIn(wave: readonly WaveRelease[]): WaveDifference[] {
  const [first, ...others] = wave;
  const isCommon = (part: WaveDifference) => others.every((one) => isDeepStrictEqual(one[part], first?.[part]));
  return (["version", "contents"] as const).filter((part) => !isCommon(part));
}

/** What became of a wave's releases. */
export interface WaveOutcome {
  readonly approved: readonly Approved[];
  readonly refused: readonly RefusedApproval[];
}

/** Why a release of a wave was not approved. */
export interface RefusedApproval {
  readonly pull: ReleasePull;
  /** `no-owner`: the person owns nothing that the release changes. `github`: GitHub refused the approval. */
  readonly why:
    { readonly reason: "no-owner"; readonly login: string } | { readonly reason: "github"; readonly text: string };
}

/** Approves each release of a wave that the person can approve, at the commit that was read. */
export async function approveWave(session: Session, unit: string, wave: readonly WaveRelease[]): Promise<WaveOutcome> {
  const { login } = (await session.github.rest.users.getAuthenticated()).data;
  const approved: Approved[] = [];
  const refused: RefusedApproval[] = [];
  for (const release of wave) {
    const { pull } = release;
    if (await isNoOwner(session, release, login)) {
      refused.push({ pull, why: { reason: "no-owner", login } });
      continue;
    }
    try {
      approved.push(await approveRelease(session, unit, pull));
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      refused.push({ pull, why: { reason: "github", text: describeError(error) } });
    }
  }
  return { approved, refused };
}

/** GitHub accepts such an approval, but it does not count. False if GitHub does not tell who is an owner. */
async function isNoOwner(session: Session, { pull, paths }: WaveRelease, login: string): Promise<boolean> {
  const base = remoteBranch(environmentBranch(pull.environment));
  const { owned, people } = await ownership(session, base, paths, [login]);
  const own = people.get(login.toLowerCase());
  return owned.length > 0 && own?.paths.size === 0 && !own.mayOwnMore;
}
