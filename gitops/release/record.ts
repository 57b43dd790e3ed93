import { recordTag } from "../../contract/tags";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SIGNERS_PATH } from "../../components/repository/signers";
import { countedApprovers, type Obstacle, type Verdict } from "../four-eyes/verdict";
import type { Clone } from "../git/clone";
import { readTrailer, type TrailerName, type Trailers } from "../../contract/trailers";
import { MAIN } from "../git/refs";
import { GitFailure } from "../git/run-git";

/** What the record of a release says, once its signature is known to be good. People are written `@login`. */
export interface ApprovalRecord {
  readonly approvedBy: readonly string[];
  /**
   * What spoke against it where it was merged past four-eyes: `@login had-part`. Empty where it was let in as usual.
   */
  readonly refused: readonly string[];
  /** Those who had a part in what was released. */
  readonly promotedBy: readonly string[];
  /** Who went past the second person, and why: `@login reason`; undefined where two people were asked as usual. */
  readonly breakGlass: string | undefined;
  readonly pullRequest: number | undefined;
}

/** The record of a commit of an environment's branch, or why there is none that can be trusted. */
export type FindRecord = (environment: string, commit: string) => Promise<ApprovalRecord | { readonly reason: string }>;

/** A tag that may hold the record of a commit. */
export interface RecordTag {
  readonly name: string;
  /** The object that it is of, and that object's type: a tag that nobody can have signed is of a commit. */
  readonly object: string;
  readonly type: string;
}

/**
 * The tags that may hold the record of a commit: the one of the first name, then those with a number after it, in their
 * order. Anybody who may write may make a tag, and nobody may change or remove one of these: where something else has a
 * name, the record has the next.
 */
export async function recordTags(clone: Clone, environment: string, commit: string): Promise<RecordTag[]> {
  const first = `refs/tags/${recordTag(environment, commit)}`;
  return listTags(clone, first, `${first}-*`);
}

/** All of them, by their first name: a long history has thousands, and one process lists them. */
async function tagsByCommit(clone: Clone): Promise<Map<string, RecordTag[]>> {
  const tags = await listTags(clone, "refs/tags/release/");
  return Map.groupBy(tags, ({ name }) => /^release\/[^/]+\/[0-9a-f]{12}(?=(-[^/]*)?$)/.exec(name)?.[0] ?? "");
}

async function listTags(clone: Clone, ...patterns: string[]): Promise<RecordTag[]> {
  const format = "--format=%(objectname) %(objecttype) %(refname:lstrip=2)";
  const lines = (await clone.git("for-each-ref", "--sort=version:refname", format, ...patterns)).split("\n");
  return lines.flatMap((line) => {
    const [object = "", type = "", name] = line.split(" ");
    return name === undefined ? [] : [{ name, object, type }];
  });
}

/** Gives `use` what finds records. Whose signatures count is on `main`, which the platform team owns there. */
export async function withRecords<T>(clone: Clone, use: (find: FindRecord) => Promise<T>): Promise<T> {
  const tags = await tagsByCommit(clone);
  return withSigners(clone, (signers) =>
    use((environment, commit) => {
      const own = tags.get(recordTag(environment, commit)) ?? [];
      return findRecord(clone, signers, { environment, commit }, own);
    }),
  );
}

/** Why `main` would not believe a tag's signature; undefined where it would. */
export async function whyUntrusted(clone: Clone, tag: string): Promise<string | undefined> {
  return withSigners(clone, async (signers) => {
    if (signers === undefined) return NO_SIGNERS;
    return (await isSigned(clone, tag, signers)) ? undefined : "it is none of those there";
  });
}

const NO_SIGNERS = `main has no ${SIGNERS_PATH}, so no record can be verified`;

/** Gives `use` a file of the signers that `main` names, undefined where it names none, and removes it. */
async function withSigners<T>(clone: Clone, use: (signers: string | undefined) => Promise<T>): Promise<T> {
  const text = await clone.read(MAIN, SIGNERS_PATH);
  if (text === undefined) return use(undefined);
  const folder = await mkdtemp(join(tmpdir(), "gitops-signers-"));
  try {
    const file = join(folder, "allowed_signers");
    await writeFile(file, text);
    return await use(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function findRecord(
  clone: Clone,
  signers: string | undefined,
  { environment, commit }: { readonly environment: string; readonly commit: string },
  tags: readonly RecordTag[],
): ReturnType<FindRecord> {
  let found: Awaited<ReturnType<FindRecord>> = { reason: `there is no record ${recordTag(environment, commit)}` };
  for (const tag of tags) {
    if (signers === undefined) return { reason: NO_SIGNERS };
    found = await readRecord(clone, signers, environment, commit, tag);
    if (!("reason" in found)) break;
  }
  return found;
}

/** What a tag says, or why it is not believed. */
async function readRecord(clone: Clone, signers: string, environment: string, commit: string, tag: RecordTag) {
  const { name, object, type } = tag;
  if (type !== "tag") return { reason: `${name} has no message, so nobody signed` };
  const [head = "", ...rest] = (await clone.git("cat-file", "tag", object)).split("\n\n");
  const text = rest.join("\n\n");
  // As Git does: from the last such line on it is the signature.
  const end = `\n${text}`.lastIndexOf("\n-----BEGIN SSH SIGNATURE-----");
  const message = end === -1 ? text : text.slice(0, end);
  const says = (trailer: TrailerName) => readTrailer(message, trailer);
  // A signed tag can be pushed again under another name: what it is about is inside.
  const isThis = head.startsWith(`object ${commit}\ntype commit\ntag ${name}\n`);
  if (!isThis || !says("Environment").includes(environment))
    return { reason: `${name} is the record of something else` };
  if (!(await isSigned(clone, object, signers))) return { reason: `${name} is not signed by the platform` };
  const [pullRequest] = says("Pull-Request");
  return {
    approvedBy: says("Approved-By"),
    refused: says("Refused"),
    promotedBy: says("Promoted-By"),
    breakGlass: says("Break-Glass")[0],
    pullRequest: pullRequest === undefined ? undefined : Number(pullRequest),
  };
}

async function isSigned(clone: Clone, object: string, signers: string): Promise<boolean> {
  const settings = [
    `gpg.ssh.allowedSignersFile=${signers}`,
    "gpg.ssh.program=ssh-keygen",
    // Git takes the form of a signature from the tag itself, and keys that this machine knows from elsewhere vouch for
    // nothing here.
    "gpg.program=false",
    "gpg.openpgp.program=false",
    "gpg.x509.program=false",
  ];
  try {
    await clone.git(...settings.flatMap((setting) => ["-c", setting]), "verify-tag", object);
    return true;
  } catch (error) {
    if (error instanceof GitFailure) return false;
    throw error;
  }
}

/**
 * What a record says of who let a release in: those whose approval counted. Of one that was merged although it should
 * not have been, what spoke against it, by its code: nobody approved that.
 */
export function approvalTrailers(verdict: Verdict): Pick<Trailers, "Approved-By" | "Refused" | "Break-Glass"> {
  const { state, approvals, obstacles, breakGlass } = verdict;
  if (state === "approved") {
    return {
      "Approved-By": countedApprovers(verdict).map(mention),
      ...(breakGlass && { "Break-Glass": `${mention(breakGlass.by)} ${breakGlass.reason}` }),
    };
  }
  const people = approvals.flatMap((approval) =>
    approval.counts ? [] : [`${mention(approval.login)} ${approval.reason}`],
  );
  const refusals = [...people, ...obstacles.map((obstacle) => `${about(obstacle)} ${obstacle.reason}`)];
  return { Refused: refusals.length > 0 ? refusals : ["nobody not-approved"] };
}

function about(obstacle: Obstacle): string {
  if (obstacle.reason === "nobody-asked")
    return "number" in obstacle ? `#${obstacle.number}` : obstacle.commit.slice(0, 12);
  // A path may have blanks, and the code stands behind the last of them.
  return obstacle.reason === "no-owner" ? obstacle.path : "release";
}

/** A login as people write it. */
export function mention(login: string): string {
  return `@${login}`;
}
