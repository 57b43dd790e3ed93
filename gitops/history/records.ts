import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SIGNERS_PATH } from "../../components/repository/signers";
import type { Clone } from "../git/clone";
import { readTrailer, type TrailerName } from "../git/message";

/** What a record of an approval says, once its signature is known to be good. */
export interface ApprovalRecord {
  readonly approvedBy: readonly string[];
  readonly promotedBy: readonly string[];
  /** `@login reason`; undefined where two people were asked as usual. */
  readonly breakGlass: string | undefined;
  readonly pullRequest: number | undefined;
}

/** The record of a commit in an environment, or why there is none that can be trusted. */
export type FindRecord = (environment: string, commit: string) => Promise<ApprovalRecord | { readonly reason: string }>;

/** The tag that records the approval of a commit. */
export function recordTag(environment: string, commit: string): string {
  return `release/${environment}/${commit.slice(0, 12)}`;
}

/** Gives `use` what finds records. Git verifies them with a file of signers, which is removed afterwards. */
export async function withRecords<T>(clone: Clone, use: (find: FindRecord) => Promise<T>): Promise<T> {
  const signers = await clone.read("origin/main", SIGNERS_PATH);
  const folder = await mkdtemp(join(tmpdir(), "gitops-signers-"));
  try {
    const file = join(folder, "allowed_signers");
    await writeFile(file, signers ?? "");
    return await use((environment, commit) =>
      findRecord(clone, signers === undefined ? undefined : file, environment, commit),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function findRecord(clone: Clone, signers: string | undefined, environment: string, commit: string) {
  const tag = recordTag(environment, commit);
  const text = await clone.git("cat-file", "tag", `refs/tags/${tag}`).catch(() => undefined);
  if (text === undefined) return { reason: `there is no record ${tag}` };
  if (signers === undefined) return { reason: `main has no ${SIGNERS_PATH}, so no record can be verified` };
  const [head = "", ...rest] = text.split("\n\n");
  const message = rest.join("\n\n").split("-----BEGIN SSH SIGNATURE-----")[0] ?? "";
  const says = (name: TrailerName) => readTrailer(message, name);
  // A signed tag can be pushed again under another name: what it is about is inside.
  const isThis = head.startsWith(`object ${commit}\ntype commit\ntag ${tag}\n`);
  if (!isThis || !says("Environment").includes(environment))
    return { reason: `${tag} is the record of something else` };
  if (!(await isSigned(clone, tag, signers))) return { reason: `${tag} is not signed by the platform` };
  const [pullRequest] = says("Pull-Request");
  return {
    approvedBy: says("Approved-By"),
    promotedBy: says("Promoted-By"),
    breakGlass: says("Break-Glass")[0],
    pullRequest: pullRequest === undefined ? undefined : Number(pullRequest.replace("#", "")),
  };
}

async function isSigned(clone: Clone, tag: string, signers: string): Promise<boolean> {
  const settings = [
    `gpg.ssh.allowedSignersFile=${signers}`,
    // Git takes the form of a signature from the tag itself, and keys that this machine knows from elsewhere vouch for nothing here.
    "gpg.program=false",
    "gpg.openpgp.program=false",
    "gpg.x509.program=false",
  ];
  const args = [...settings.flatMap((setting) => ["-c", setting]), "verify-tag", `refs/tags/${tag}`];
  return clone.git(...args).then(
    () => true,
    () => false,
  );
}
