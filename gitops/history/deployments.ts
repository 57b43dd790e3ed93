import type { Clone } from "../git/clone";
import { parseValuesPath } from "../values/files";
import { broughtBy, type EnvironmentHistory } from "./branch";
import { chartDeployments } from "./charts";
import { type Difference, DifferencesByBlob } from "./differences";
import { fileDeployments } from "./files";
import type { Deployment, Kind } from "./deployment";
import type { FileChange } from "../git/file-changes";
import { approvalAwaited } from "./approvals";
import { pullRequestOf, type Story, tellStory } from "./story";

/** Which part of an environment's deployments to read. Default: all, without what was read before. */
interface Wanted {
  /** Only this service's, and those of charts and other files. */
  readonly service?: string | undefined;
  /** What remembers the environment's changes between calls. */
  readonly differences?: DifferencesByBlob;
}

/**
 * Everything that was deployed in an environment, and every other change of its branch, newest first. Where approvals
 * count, none is looked up yet.
 */
export async function findDeployments(
  clone: Clone,
  history: EnvironmentHistory,
  { service, differences = new DifferencesByBlob(clone) }: Wanted = {},
): Promise<Deployment[]> {
  const changes = history.read.changes.filter(({ path }) => {
    const file = parseValuesPath(path);
    return file !== undefined && (service === undefined || file.service === service);
  });
  const found = await differences.of(changes);
  const seen = new Map<string, Map<string, number>>();
  const services = changes.toReversed().flatMap((change) => {
    const difference = found.get(change);
    return difference ? serviceDeployment(change, difference, history, seen) : [];
  });
  const [charts, files] = await Promise.all([chartDeployments(clone, history), fileDeployments(clone, history)]);
  const place = new Map([...history.read.steps.keys()].map((commit, index) => [commit, index]));
  const order = ({ commit }: Deployment) => place.get(commit) ?? 0;
  return [...services.reverse(), ...charts, ...files].sort((a, b) => order(a) - order(b));
}

/** @param seen The images that each service had so far, each with its place in the order in which they first came. */
function serviceDeployment(
  change: FileChange,
  { from, to, was, is, configuration }: Difference,
  history: EnvironmentHistory,
  seen: Map<string, Map<string, number>>,
): Deployment[] {
  const { service } = parseValuesPath(change.path) ?? {};
  if (service === undefined || !history.read.steps.has(change.commit)) return [];
  const images = seen.get(service) ?? new Map<string, number>();
  seen.set(service, images);
  if (to !== null && !images.has(to)) images.set(to, images.size);
  if (was === "there" && is === "there" && from === to && !configuration) return [];
  const told = storyOf(change, history);
  if (!told) return [];
  const { about, story } = told;
  const kind =
    is === "absent" ? "removal" : to === null || from === to ? "configuration" : imageKind(from, to, images, story);
  const { by, subject, explanation } = story;
  return [{ ...about, chart: null, kind, from, to, configuration, by, subject, explanation }];
}

/** When and how a change of a service's values came; undefined where its commit is not one of the branch's steps. */
export function storyOf(change: FileChange, history: EnvironmentHistory) {
  const file = parseValuesPath(change.path);
  const step = history.read.steps.get(change.commit);
  if (!file || !step) return undefined;
  const brought = broughtBy(change, history).flatMap(({ commit }) => history.main.steps.get(commit) ?? []);
  const story = joinStories(
    tellStory(step, file),
    brought.map((origin) => tellStory(origin, file)),
  );
  const { environment, service } = file;
  const approval = approvalAwaited(history, step.id);
  const about = { at: step.at, commit: step.id, environment, service, approval, pullRequest: pullRequestOf(step) };
  return { about, story };
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
