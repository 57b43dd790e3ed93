import type { Clone } from "../git/clone";
import type { FileChange } from "../git/file-changes";
import { parseValuesPath } from "../values/files";
import type { EnvironmentHistory } from "./branch";
import type { Deployment } from "./deployment";
import { storyOf } from "./deployments";
import { type Difference, DifferencesByBlob } from "./differences";

/** A change of a service's image, as far as it can be told without what came before. */
export type ImageChange = Omit<
  Deployment,
  "chart" | "files" | "kind" | "configuration" | "byRecord" | "subject" | "explanation"
>;

/**
 * The newest change of each service's image. Of a long history it reads no more than that takes. Where approvals count,
 * none is looked up yet.
 */
export async function newestImageChanges(clone: Clone, history: EnvironmentHistory): Promise<ImageChange[]> {
  const differences = new DifferencesByBlob(clone);
  const changes = history.read.changes.filter(({ commit }) => history.read.steps.has(commit));
  let open = [...Map.groupBy(changes, ({ path }) => parseValuesPath(path)?.service)].filter(
    (entry): entry is [string, FileChange[]] => entry[0] !== undefined,
  );
  const found: ImageChange[] = [];
  // Nearly always it is the last change of the file: it is looked at alone, then twice as many each time.
  for (let [from, to] = [0, 1]; open.length > 0; [from, to] = [to, 2 * to + 1]) {
    const all = await differences.of(open.flatMap(([, own]) => own.slice(from, to)));
    open = open.filter(([service, own]) => {
      const change = own.slice(from, to).find((each) => isOfImage(all.get(each)));
      if (change) found.push(...imageChange(history, service, change, all.get(change)));
      return !change && own.length > to;
    });
  }
  return found;
}

function isOfImage(difference: Difference | undefined): boolean {
  return difference !== undefined && difference.from !== difference.to;
}

function imageChange(
  history: EnvironmentHistory,
  service: string,
  change: FileChange,
  difference: Difference | undefined,
): ImageChange[] {
  const told = storyOf(change, history);
  if (!told || !difference) return [];
  const { from, to } = difference;
  return [{ ...told.about, service, from, to, by: told.story.by }];
}
