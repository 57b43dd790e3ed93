import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clone, GitFailure } from "../git/clone";
import { readTrailer, type TrailerName } from "../git/message";

/** Who may sign records, in the format of ssh-keygen's ALLOWED SIGNERS, on `main`: the platform team owns it. */
export const ALLOWED_SIGNERS = ".github/gitops/allowed_signers";

/** What a record says that was signed by the release App. */
export interface VerifiedRecord {
  /** The commit of the environment's branch that it is about. */
  readonly commit: string;
  /** Logins. */
  readonly approvedBy: readonly string[];
  /** Logins of those who had a part in what was released. */
  readonly promotedBy: readonly string[];
  readonly pullRequest: number | undefined;
  /** Who went past the second person, and why: `@login reason`. */
  readonly breakGlass: string | undefined;
}

/** The record in a tag, or why it proves nothing. */
export async function verify(clone: Clone, tag: string): Promise<VerifiedRecord | { readonly reason: string }> {
  const [object, type] = (
    await clone.git("for-each-ref", "--format=%(objectname) %(objecttype)", `refs/tags/${tag}`)
  ).split(" ");
  if (object === undefined || object === "") return { reason: "no record" };
  if (type !== "tag") return { reason: `the tag ${tag} has no message, so nothing was signed` };
  const [header = "", ...rest] = (await clone.git("cat-file", "tag", object)).split("\n\n");
  // A signature is good for one commit under one name: a record that was moved to another is none.
  const commit = /^object ([0-9a-f]+)$/m.exec(header)?.[1] ?? "";
  const isItsOwn = header.includes(`\ntag ${tag}\n`) && commit.startsWith(tag.split("/").at(-1) ?? "-");
  if (!isItsOwn || !/^release\/.+\/[0-9a-f]{12}$/.test(tag)) return { reason: `the tag ${tag} is of another commit` };
  const signers = await clone.read("origin/main", ALLOWED_SIGNERS);
  if (signers === undefined) return { reason: `${ALLOWED_SIGNERS} is not on main, so nothing can be verified` };
  if (!(await isSignedBy(clone, signers, object)))
    return { reason: `nobody in ${ALLOWED_SIGNERS} signed the tag ${tag}` };
  const message = rest.join("\n\n").split("-----BEGIN SSH SIGNATURE-----")[0] ?? "";
  const logins = (name: TrailerName) => readTrailer(message, name).map((login) => login.replace(/^@/, ""));
  const [pull] = readTrailer(message, "Pull-Request");
  return {
    commit,
    approvedBy: logins("Approved-By"),
    promotedBy: logins("Promoted-By"),
    pullRequest: pull === undefined ? undefined : Number(pull),
    breakGlass: readTrailer(message, "Break-Glass")[0],
  };
}

async function isSignedBy(clone: Clone, signers: string, object: string): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "gitops-signers-"));
  try {
    const file = join(folder, "allowed_signers");
    await writeFile(file, signers);
    const config = ["gpg.format=ssh", "gpg.ssh.program=ssh-keygen", `gpg.ssh.allowedSignersFile=${file}`];
    await clone.git(...config.flatMap((setting) => ["-c", setting]), "verify-tag", object);
    return true;
  } catch (error) {
    if (error instanceof GitFailure) return false;
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
