import { recordTag } from "@gitops-platform/contract/tags";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SIGNERS_PATH } from "@gitops-platform/components/repository/signers";
import { countedApprovers, type Obstacle, type Verdict } from "../four-eyes/verdict";
import type { Clone } from "../git/clone";
import { readTrailer, type TrailerName, type Trailers } from "@gitops-platform/contract/trailers";
import { MAIN } from "../git/refs";
import { GitFailure } from "../git/run-git";

/** The content of an approval record whose signature is valid. People are written `@login`. */
export interface ApprovalRecord {
  readonly approvedBy: readonly string[];
  /** Why four-eyes refused it, if it was merged nevertheless: `@login had-part`. Empty for other releases. */
  readonly refused: readonly string[];
  /** The contributors. */
  readonly promotedBy: readonly string[];
  /** Who used break-glass, and why: `@login reason`; undefined if nobody did. */
  readonly breakGlass: string | undefined;
  readonly pullRequest: number | undefined;
}

/** Finds the record of a commit of an environment's branch, or the reason why there is no valid one. */
export type FindRecord = (environment: string, commit: string) => Promise<ApprovalRecord | { readonly reason: string }>;

/** A tag that may hold the record of a commit. */
export interface RecordTag {
  readonly name: string;
  /** The object that it points to, and its type. Only a tag object can be signed; a lightweight tag is a commit. */
  readonly object: string;
  readonly type: string;
}

/**
 * The tags that may contain the record of a commit: the one with the plain name, then those with a number appended, in
 * order. Any writer can create a tag, and nobody can change or delete one of these. If a name is taken, the record uses
 * the next.
 */
export async function recordTags(clone: Clone, environment: string, commit: string): Promise<RecordTag[]> {
  const first = `refs/tags/${recordTag(environment, commit)}`;
  return listTags(clone, first, `${first}-*`);
}

/** All record tags by their plain name. One process lists the thousands of a long history. */
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

/** Calls `use` with a function that finds records. The valid signers are on `main`, in a file of the platform team. */
export async function withRecords<T>(clone: Clone, use: (find: FindRecord) => Promise<T>): Promise<T> {
  const tags = await tagsByCommit(clone);
  return withSigners(clone, (signers) =>
    use((environment, commit) => {
      const own = tags.get(recordTag(environment, commit)) ?? [];
      return findRecord(clone, signers, { environment, commit }, own);
    }),
  );
}

/** Why a tag's signature is not valid by the signers on `main`; undefined if it is. */
export async function whyUntrusted(clone: Clone, tag: string): Promise<string | undefined> {
  return withSigners(clone, async (signers) => {
    if (signers === undefined) return NO_SIGNERS;
    return (await isSigned(clone, tag, signers)) ? undefined : "it is not among its signers";
  });
}

const NO_SIGNERS = `main has no ${SIGNERS_PATH}, so no record can be verified`;

/** Calls `use` with a temporary file of the signers on `main`; with undefined if there are none. */
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

/** The content of a tag, or why it is not valid. */
async function readRecord(clone: Clone, signers: string, environment: string, commit: string, tag: RecordTag) {
  const { name, object, type } = tag;
  if (type !== "tag") return { reason: `${name} has no message, so nobody signed` };
  const [head = "", ...rest] = (await clone.git("cat-file", "tag", object)).split("\n\n");
  const text = rest.join("\n\n");
  // As in Git, the signature begins at the last such line.
  const end = `\n${text}`.lastIndexOf("\n-----BEGIN SSH SIGNATURE-----");
  const message = end === -1 ? text : text.slice(0, end);
  const valuesOf = (trailer: TrailerName) => readTrailer(message, trailer);
  // A signed tag can be pushed again under another name, so its content decides.
  const isThis = head.startsWith(`object ${commit}\ntype commit\ntag ${name}\n`);
  if (!isThis || !valuesOf("Environment").includes(environment))
    return { reason: `${name} is the record of something else` };
  if (!(await isSigned(clone, object, signers))) return { reason: `${name} is not signed by the platform` };
  const [pullRequest] = valuesOf("Pull-Request");
  return {
    approvedBy: valuesOf("Approved-By"),
    refused: valuesOf("Refused"),
    promotedBy: valuesOf("Promoted-By"),
    breakGlass: valuesOf("Break-Glass")[0],
    pullRequest: pullRequest === undefined ? undefined : Number(pullRequest),
  };
}

async function isSigned(clone: Clone, object: string, signers: string): Promise<boolean> {
  const settings = [
    `gpg.ssh.allowedSignersFile=${signers}`,
    "gpg.ssh.program=ssh-keygen",
    // The tag determines the signature's format. Only SSH is allowed, because other keys of this machine do not count.
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

/** The trailers for a verdict: the approvers that counted, or, if it was merged although refused, the codes of why. */
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
  // A path may contain spaces. The code comes after the last one.
  return obstacle.reason === "no-owner" ? obstacle.path : "release";
}

/** A login with its `@`. */
export function mention(login: string): string {
  return `@${login}`;
}
