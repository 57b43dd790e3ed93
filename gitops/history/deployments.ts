import { isDeepStrictEqual } from "node:util";
import type { Clone } from "../git/clone";
import { parseValuesPath } from "../values/files";
import { imageOf, summarizeValues } from "../values/version";
import { CHARTS, type EnvironmentHistory, broughtBy } from "./branch";
import { chartDeployments } from "./charts";
import type { Deployment, Kind } from "./deployment";
import type { FileChange } from "./file-changes";
import { approvalAwaited } from "./approvals";
import { pullRequestOf, type Story, tellStory } from "./story";

/** Everything that was deployed in an environment, newest first. Where approvals count, none is looked up yet. */
export async function findDeployments(clone: Clone, history: EnvironmentHistory): Promise<Deployment[]> {
  const { changes } = history.read;
  const texts = await clone.readBlobs(
    changes.flatMap(({ before, after }) => [before, after]).filter((id) => id !== null),
  );
  const text = (id: string | null) => (id === null ? undefined : texts.get(id));
  const seen = new Map<string, string[]>();
  const services = [...changes]
    .reverse()
    .flatMap((change) =>
      serviceDeployment(change, { before: text(change.before), after: text(change.after) }, history, seen),
    );
  const charts = await chartDeployments(clone, history);
  const order = [...history.read.steps.keys()];
  const place = new Map(order.map((commit, index) => [commit, index]));
  return [...services.reverse(), ...charts].sort((a, b) => (place.get(a.commit) ?? 0) - (place.get(b.commit) ?? 0));
}

interface Texts {
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** @param seen The images that each service had so far, in the order in which they first came. */
function serviceDeployment(
  change: FileChange,
  texts: Texts,
  history: EnvironmentHistory,
  seen: Map<string, string[]>,
): Deployment[] {
  const { environment, service } = parseValuesPath(change.path) ?? {};
  const step = history.read.steps.get(change.commit);
  if (change.path.startsWith(`${CHARTS}/`) || environment === undefined || service === undefined || !step) return [];
  const [from, to] = [imageOf(texts.before), imageOf(texts.after)];
  const configuration =
    texts.before !== undefined && texts.after !== undefined && otherValuesDiffer(texts.before, texts.after);
  const images = seen.get(service) ?? [];
  seen.set(service, to === null || images.includes(to) ? images : [...images, to]);
  if (from === to && !configuration && texts.before !== undefined && texts.after !== undefined) return [];
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
        texts.after === undefined
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

function otherValuesDiffer(before: string, after: string): boolean {
  return !isDeepStrictEqual(summarizeValues(before).others, summarizeValues(after).others);
}

function imageKind(from: string | null, to: string | null, images: readonly string[], story: Story): Kind {
  const [older, newer] = [images.indexOf(to ?? ""), images.indexOf(from ?? "")];
  if (story.reverts || (older >= 0 && older < newer)) return "rollback";
  return story.promoted ? "promotion" : "deployment";
}

/** A release is made by a bot: who wanted it, and why, is told by what it brought, the newest first. */
function joinStories(own: Story, brought: readonly Story[]): Story {
  const [newest] = brought;
  if (!newest) return own;
  return { ...newest, by: [...new Set(brought.flatMap(({ by }) => by))] };
}
