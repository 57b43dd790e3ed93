import { isDeepStrictEqual } from "node:util";
import type { Clone } from "../git/clone";
import { parseValuesPath } from "../values/files";
import { summarizeValues, type ValuesSummary } from "../values/summary";
import { broughtBy, type EnvironmentHistory } from "./branch";
import { chartDeployments } from "./charts";
import { fileDeployments } from "./files";
import type { Deployment, Kind } from "./deployment";
import type { FileChange } from "../git/file-changes";
import { approvalAwaited } from "./approvals";
import { pullRequestOf, type Story, tellStory } from "./story";

/**
 * Everything that was deployed in an environment, and every other change of its branch, newest first. Where approvals
 * count, none is looked up yet.
 */
export async function findDeployments(clone: Clone, history: EnvironmentHistory): Promise<Deployment[]> {
  const changes = history.read.changes.filter(({ path }) => parseValuesPath(path) !== undefined);
  const texts = await clone.readBlobs(
    changes.flatMap(({ before, after }) => [before, after]).filter((id) => id !== null),
  );
  const values = new Map([...texts].map(([id, text]) => [id, summarizeValues(text)]));
  const seen = new Map<string, Map<string, number>>();
  const services = changes.toReversed().flatMap((change) => {
    const [before, after] = [change.before, change.after].map((id) => values.get(id ?? ""));
    return serviceDeployment(change, { before, after }, history, seen);
  });
  const [charts, files] = await Promise.all([chartDeployments(clone, history), fileDeployments(clone, history)]);
  const place = new Map([...history.read.steps.keys()].map((commit, index) => [commit, index]));
  const order = ({ commit }: Deployment) => place.get(commit) ?? 0;
  return [...services.reverse(), ...charts, ...files].sort((a, b) => order(a) - order(b));
}

/** The values that a change replaced and brought; undefined where there is no file. */
interface Both {
  readonly before: ValuesSummary | undefined;
  readonly after: ValuesSummary | undefined;
}

/** @param seen The images that each service had so far, each with its place in the order in which they first came. */
function serviceDeployment(
  change: FileChange,
  { before, after }: Both,
  history: EnvironmentHistory,
  seen: Map<string, Map<string, number>>,
): Deployment[] {
  const { environment, service } = parseValuesPath(change.path) ?? {};
  const step = history.read.steps.get(change.commit);
  if (environment === undefined || service === undefined || !step) return [];
  const [from, to] = [before?.image ?? null, after?.image ?? null];
  const images = seen.get(service) ?? new Map<string, number>();
  seen.set(service, images);
  if (to !== null && !images.has(to)) images.set(to, images.size);
  const both = before !== undefined && after !== undefined;
  const configuration = both && !isDeepStrictEqual(before.others, after.others);
  if (both && from === to && !configuration) return [];
  const about = { environment, service };
  const own = tellStory(step, about);
  const brought = broughtBy(change, history).flatMap(({ commit }) => history.main.steps.get(commit) ?? []);
  const story = joinStories(
    own,
    brought.map((origin) => tellStory(origin, about)),
  );
  return [
    {
      at: step.at,
      commit: step.id,
      ...about,
      chart: null,
      kind:
        after === undefined
          ? "removal"
          : to === null || from === to
            ? "configuration"
            : imageKind(from, to, images, story),
      from,
      to,
      configuration,
      by: story.by,
      approval: approvalAwaited(history, step.id),
      subject: story.subject,
      explanation: story.explanation,
      pullRequest: pullRequestOf(step),
    },
  ];
}

function imageKind(from: string | null, to: string | null, images: ReadonlyMap<string, number>, story: Story): Kind {
  const isOlder = (images.get(to ?? "") ?? Infinity) < (images.get(from ?? "") ?? -1);
  if (story.reverts || isOlder) return "rollback";
  return story.promoted ? "promotion" : "deployment";
}

/** A release is made by a bot: who wanted it, and why, is told by what it brought, the newest first. */
function joinStories(own: Story, brought: readonly Story[]): Story {
  const [newest] = brought;
  if (!newest) return own;
  return { ...newest, by: [...new Set(brought.flatMap(({ by }) => by))] };
}
