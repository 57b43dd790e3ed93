import { Clone } from "./clone";
import { personal, settingsAt } from "./environment";
import { fetchOfObjects } from "./on-demand";
import { runGit } from "./run-git";

/**
 * Has the person's own Git fetch, by one request, the files of some revisions that their partial clone left out. Git
 * would fetch each by itself when it is read, and here without the person's credentials. Of other clones nothing is
 * left out, and nothing is fetched.
 * @throws {GitFailure} where they cannot be fetched.
 */
export async function completeFiles(folder: string, revisions: readonly string[]): Promise<void> {
  const remote = (await settingsAt(folder)).flatMap(([key, value]) =>
    value === "true" ? (/^remote\.(.+)\.promisor$/.exec(key)?.[1] ?? []) : [],
  )[0];
  if (remote === undefined) return;
  const trees = revisions.map((revision) => `${revision}^{tree}`);
  const listing = await Clone.at(folder).git("rev-list", "--objects", "--missing=print", "--no-walk", ...trees);
  const missing = listing.split("\n").flatMap((line) => (line.startsWith("?") ? [line.slice(1)] : []));
  if (missing.length === 0) return;
  const input = missing.map((id) => `${id}\n`).join("");
  await runGit(fetchOfObjects(remote), { cwd: folder, env: personal(), input });
}
