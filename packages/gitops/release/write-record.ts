import { recordTag } from "@gitops-platform/contract/tags";
import { changesBetween } from "../git/file-history";
import { factsAtMerge, judgeFacts } from "../four-eyes/judge";
import { formatMessage, type Trailers } from "@gitops-platform/contract/trailers";
import { mergedReleases, type ReleasePull } from "../github/release-pulls";
import type { Session } from "../session";
import { approvalTrailers, mention, recordTags, whyUntrusted, withRecords } from "./record";
import { describe } from "./description";
import { unitsOf } from "./unit";
import { environmentBranch } from "@gitops-platform/contract/branches";
import { MAIN, remoteBranch } from "../git/refs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa, ExecaError } from "execa";
import { SIGNERS_PATH } from "@gitops-platform/components/repository/signers";
import { normalizedPem } from "@gitops-platform/environments/keys";
import { Failure } from "@gitops-platform/contract/failure";

/** A commit of an environment's branch without a record. */
interface Unrecorded {
  readonly commit: string;
  /** Its commit date, ISO 8601. */
  readonly at: string;
}

/** How many commits before the newest record are checked for deleted tags, so that no run reads the whole history. */
const LOOK_BACK = 100;

/**
 * The releases of an environment without a record, oldest first: all since the newest valid record, or since the branch
 * left `main`, and those of the {@link LOOK_BACK} commits before whose tag was deleted. A commit without a pull request
 * has nothing to record.
 */
export async function unrecorded(session: Session, environment: string): Promise<ReleaseRecord[]> {
  const found = await withoutRecord(session, environment);
  const oldest = found.at(-1);
  if (!oldest) return [];
  // GitHub's list of a commit's pull requests contains merged ones of the default branch only.
  const pulls = await mergedReleases(session, environment, oldest.at);
  const records: ReleaseRecord[] = [];
  for (const { commit } of found.reverse()) {
    const pull = pulls.find(({ mergeCommit }) => mergeCommit === commit);
    if (pull) records.push(await recordOf(session, commit, pull));
  }
  return records;
}

/** Newest first. */
async function withoutRecord({ clone }: Session, environment: string): Promise<Unrecorded[]> {
  const range = [remoteBranch(environmentBranch(environment)), "--not", MAIN];
  const log = await clone.git("log", "--first-parent", "--format=%H %cI %P", ...range);
  const commits = log.split("\n").flatMap((line) => {
    const [commit = "", at = "", ...parents] = line.split(" ");
    return commit === "" ? [] : [{ commit, at, isMerge: parents.length > 1 }];
  });
  const newest = await withRecords(clone, async (find) => {
    for (const [index, { commit }] of commits.entries()) {
      if ("approvedBy" in (await find(environment, commit))) return index;
    }
    return commits.length;
  });
  // An existing tag cannot be changed, so older ones are not verified again. Only merges come from pull requests.
  const tags = await clone.git("for-each-ref", "--format=%(refname:lstrip=2)", `refs/tags/release/${environment}/`);
  const present = new Set(tags.split("\n"));
  const erased = commits
    .slice(newest, newest + LOOK_BACK)
    .filter(({ commit, isMerge }) => isMerge && !present.has(recordTag(environment, commit)));
  return [...commits.slice(0, newest), ...erased];
}

/** The record of a merged release, by the facts at the time of its merge. */
async function recordOf(session: Session, commit: string, pull: ReleasePull): Promise<ReleaseRecord> {
  const { environment, number, url, title: subject } = pull;
  const facts = await factsAtMerge(session, pull, commit);
  const verdict = await judgeFacts(session, pull, facts);
  const trailers = {
    ...(await released(session, environment, `${commit}^1`, commit)),
    Environment: environment,
    "Pull-Request": String(number),
    ...approvalTrailers(verdict),
    "Promoted-By": facts.contributors.map(({ login }) => mention(login)),
  };
  return { environment, commit, subject, trailers, url, isRefused: verdict.state !== "approved" };
}

/** The trailers of a change to an environment's branch; empty unless it releases exactly one unit. */
export async function released(
  { clone }: Pick<Session, "clone">,
  environment: string,
  before: string,
  after: string,
): Promise<Trailers> {
  const changes = await changesBetween(clone, before, after);
  const units = unitsOf(
    environment,
    changes.map(({ path }) => path),
  );
  const [unit, ...more] = units;
  if (!unit || more.length > 0) return {};
  return (await describe(clone, unit, before, after)).trailers;
}

/** What is recorded of a release. */
export interface ReleaseRecord {
  readonly environment: string;
  /** The merge commit on the environment's branch. */
  readonly commit: string;
  /** The pull request's title. */
  readonly subject: string;
  readonly trailers: Trailers;
  /** The pull request's page. */
  readonly url: string;
  /** Whether it was merged although four-eyes refused it. */
  readonly isRefused: boolean;
}

/**
 * Records a release in a signed tag, which, unlike a commit message, nobody without the key can forge. If another tag
 * has the name, it stays, because these tags cannot be changed, and the record uses the next name.
 * @returns false if someone else wrote the tag at the same moment.
 * @throws {Failure} if the key is invalid, or `main` does not trust it.
 */
export async function writeRecord(session: Session, record: ReleaseRecord, pem: string): Promise<boolean> {
  const { clone } = session;
  const { environment, commit } = record;
  const tag = await freeName(session, environment, commit);
  const ref = `refs/tags/${tag}`;
  await sign(session, record, tag, pem);
  const found = await withRecords(clone, (find) => find(environment, commit));
  if ("reason" in found) {
    throw untrusted(found.reason);
  }
  return clone.push({ ref, to: await clone.git("rev-parse", ref), from: null });
}

/**
 * Checks before a merge that a key can sign valid records.
 * @throws {Failure} if it cannot.
 */
export async function checkSigningKey(session: Session, pem: string): Promise<void> {
  const { clone } = session;
  // This tag is never pushed.
  const tag = `signing-key-check-${crypto.randomUUID()}`;
  await sign(session, { commit: MAIN, subject: "Check of the key", trailers: {} }, tag, pem);
  const reason = await whyUntrusted(clone, tag);
  await clone.git("tag", "--delete", tag);
  if (reason !== undefined) throw untrusted(reason);
}

function untrusted(reason: string): Failure {
  return new Failure(
    `GITOPS_SIGNING_KEY: got a key that main does not trust (${reason}); ` +
      `expected one whose public half is in ${SIGNERS_PATH}. Put it there by a pull request: ` +
      "ssh-keygen -y -f key.pem",
  );
}

async function freeName({ clone }: Session, environment: string, commit: string): Promise<string> {
  const first = recordTag(environment, commit);
  const tags = await recordTags(clone, environment, commit);
  // Git cannot have a tag whose name is a folder of another tag.
  const isTaken = (name: string) => tags.some((tag) => `${tag.name}/`.startsWith(`${name}/`));
  let name = first;
  for (let number = 2; isTaken(name); number++) name = `${first}-${number}`;
  return name;
}

type Signed = Pick<ReleaseRecord, "commit" | "subject" | "trailers">;

async function sign(session: Session, record: Signed, tag: string, pem: string): Promise<void> {
  const { identity } = await session.actor();
  const message = formatMessage(record.subject, record.trailers);
  await withSigningKey(pem, (file) => {
    const config = {
      "gpg.format": "ssh",
      "gpg.ssh.program": "ssh-keygen",
      "user.signingkey": file,
      "user.name": identity.name,
      "user.email": identity.email,
    };
    const options = Object.entries(config).flatMap(([key, value]) => ["-c", `${key}=${value}`]);
    return session.clone.git(...options, "tag", "-s", "--cleanup=whitespace", "-m", message, tag, record.commit);
  });
}

/**
 * Writes a private key to a temporary file for Git and ssh-keygen, in any format that {@link normalizedPem} accepts.
 * @throws {Failure} if it is not a key, or ssh-keygen is missing.
 */
export async function withSigningKey<T>(pem: string, use: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "gitops-key-"));
  const file = join(folder, "key");
  try {
    await writeFile(file, normalizedPem(pem), { mode: 0o600 });
    // To sign with a PEM file, ssh-keygen needs the public key beside it.
    await writeFile(`${file}.pub`, `${await publicHalf(file)}\n`);
    return await use(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function publicHalf(file: string): Promise<string> {
  try {
    return (await execa("ssh-keygen", ["-y", "-P", "", "-f", file])).stdout;
  } catch (error) {
    // The message of ssh-keygen is not shown, because it may contain the key.
    const isMissing = error instanceof ExecaError && error.code === "ENOENT";
    throw new Failure(
      isMissing
        ? "ssh-keygen: got nothing on PATH; expected OpenSSH 8.2 or later, which signs the record of an approval. " +
            "Install it."
        : "GITOPS_SIGNING_KEY: got something else; expected a private key in PEM, without a password, " +
            "such as a GitHub App's.",
    );
  }
}
