import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesClient } from "@gitops-platform/clients/kubernetes";
import { api } from "./deliveries";
import { type Part, repeated } from "./measure";
import { startSandbox } from "./sandbox";
import { type Deployment, following, type Watching } from "./watching";

const ROUNDS = 30;

/** Milliseconds between a revert and the next edit: more than the second for which Argo CD then waits. */
const PAUSE = 2000;

/** A live edit until it is reverted, and the edit itself: milliseconds. */
interface Heal {
  healed: number;
  edited: number;
}

/**
 * A live edit of a field that Git declares, until Argo CD has reverted it, all on one revision. First with a pause
 * before each edit, and then each edit as soon as the one before is reverted: Argo CD reverts one a second at most. The
 * floor is one write through the API.
 */
export async function heals(): Promise<Part> {
  await startSandbox();
  const [apart, inARow] = await following(api, async (watching, client) => [
    await repeated(ROUNDS, async () => {
      await sleep(PAUSE);
      return heal(client, watching);
    }),
    await repeated(ROUNDS, () => heal(client, watching)),
  ]);
  const labels = { floor: "one write through the API" };
  const figure = (title: string, all: readonly Heal[]) => {
    return { title, labels, series: { ours: all.map(({ healed }) => healed), floor: all.map(({ edited }) => edited) } };
  };
  return {
    figures: {
      heal: {
        ...figure("A live edit of a declared field, until it is reverted", apart),
        goal: { p50: 600, p95: 1000 },
      },
      "heal-in-a-row": figure("The same, as soon as the edit before is reverted", inARow),
    },
  };
}

/** Edits the API service's Deployment, and waits until the edit is reverted. */
export async function heal(client: KubernetesClient, watching: Watching): Promise<Heal> {
  const before = performance.now();
  const edited = await client.patch(api, { spec: { revisionHistoryLimit: 5 } });
  const start = performance.now();
  const later = ({ metadata }: Deployment) =>
    Number(metadata.resourceVersion) > Number(edited.metadata.resourceVersion);
  const back = await watching.when((object) => later(object) && object.spec.revisionHistoryLimit === 3);
  return { healed: back - start, edited: start - before };
}
