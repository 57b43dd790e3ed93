import { recordTag } from "@gitops-platform/contract/tags";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa, ExecaError } from "execa";
import { SIGNERS_PATH } from "@gitops-platform/components/repository/signers";
import { normalizedPem } from "@gitops-platform/environments/keys";
import { Failure } from "@gitops-platform/contract/failure";
import { formatMessage, type Trailers } from "@gitops-platform/contract/trailers";
import { MAIN } from "../git/refs";
import type { Session } from "../session";
import { recordTags, whyUntrusted, withRecords } from "./record";

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
    `GITOPS_SIGNING_KEY: got a key that main does not trust (${reason}); expected one whose public half is in ${SIGNERS_PATH}. ` +
      "Put it there by a pull request: ssh-keygen -y -f key.pem",
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
        ? "ssh-keygen: got nothing on PATH; expected OpenSSH 8.2 or later, which signs the record of an approval. Install it."
        : "GITOPS_SIGNING_KEY: got something else; expected a private key in PEM, without a password, such as a GitHub App's.",
    );
  }
}
