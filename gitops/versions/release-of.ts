import { environmentBranch } from "../../environments/catalogue";
import type { Session } from "../session";
import { valuesPath, type ValuesFile } from "../values/files";
import { readImage, sameVersion, type Version } from "../values/image";
import type { Outcome } from "./outcome";
import { remoteBranch } from "../git/refs";

/** The branch that an environment follows, where it has one; undefined: it follows `main`. */
export async function branchOf({ clone }: Session, environment: string): Promise<string | undefined> {
  const branch = environmentBranch(environment);
  return (await clone.resolve(remoteBranch(branch))) === undefined ? undefined : branch;
}

/** The branch into which a version has still to be released before the environment runs it. */
export async function releaseOf(
  session: Session,
  file: ValuesFile,
  version: Version,
): Promise<Pick<Outcome, "release">> {
  const release = await branchOf(session, file.environment);
  if (release === undefined) return {};
  const path = valuesPath(file);
  const text = await session.clone.read(remoteBranch(release), path);
  return text !== undefined && sameVersion(readImage(text, path), version) ? {} : { release };
}
