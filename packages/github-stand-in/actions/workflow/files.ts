import type { Git } from "../../git/git";
import { readObject } from "../../git/objects";

const FOLDER = ".github/workflows/";

/** A workflow file of a commit. */
export interface WorkflowFile {
  /** From the repository's root: .github/workflows/release.yaml */
  path: string;
  text: string;
}

/** The workflow files of a commit, sorted by name. */
export async function workflowFiles(git: Git, commit: string): Promise<WorkflowFile[]> {
  const listed = await git.run(["ls-tree", "-z", "--name-only", commit, "--", FOLDER]);
  const paths = listed.split("\0").filter((path) => /\.ya?ml$/.test(path));
  return Promise.all(paths.map(async (path) => ({ path, text: (await workflowFile(git, commit, path)) ?? "" })));
}

/** One workflow file of a commit, or undefined. */
export async function workflowFile(git: Git, commit: string, path: string): Promise<string | undefined> {
  const object = await readObject(git, `${commit}:${path}`);
  return object?.type === "blob" ? object.content.toString() : undefined;
}
