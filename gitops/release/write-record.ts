import { formatMessage, type Trailers } from "../git/message";
import type { Session } from "../session";
import { withSigningKey } from "./signing-key";
import { verify } from "./find-record";

/** What is kept of a release: who approved what. */
export interface ReleaseRecord {
  readonly environment: string;
  /** The commit that the merge made on the environment's branch. */
  readonly commit: string;
  /** The pull request's title. */
  readonly subject: string;
  readonly trailers: Trailers;
}

/** The tag that holds the record of a commit of an environment's branch. */
export function recordTag({ environment, commit }: Pick<ReleaseRecord, "environment" | "commit">): string {
  return `release/${environment}/${commit.slice(0, 12)}`;
}

/**
 * Records a release in a signed tag, so that nobody who can only write a commit message can forge it. A tag that is there and verifies stays; one that does
 * not is replaced.
 * @returns false where somebody else wrote the tag at the same moment.
 */
export async function writeRecord(session: Session, record: ReleaseRecord, pem: string): Promise<boolean> {
  const { clone } = session;
  const tag = recordTag(record);
  if ("approvedBy" in (await verify(clone, tag))) return true;
  const ref = `refs/tags/${tag}`;
  const present = await clone.git("for-each-ref", "--format=%(objectname)", ref);
  const { identity } = await session.who();
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
    return clone.git(...options, "tag", "-s", "-f", "--cleanup=whitespace", "-m", message, tag, record.commit);
  });
  return clone.push({ ref, to: await clone.git("rev-parse", ref), from: present === "" ? null : present });
}
