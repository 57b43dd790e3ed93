import type { KubernetesClient } from "@gitops-platform/clients/kubernetes";
import { api } from "./deliveries";
import { startSandbox } from "./sandbox";
import { type Part, repeated } from "./measure";
import { type Deployment, following, type Watching } from "./watching";

const ROUNDS = 30;

/** A live edit until it is reverted, and the edit itself: milliseconds. */
interface Heal {
  healed: number;
  edited: number;
}

/**
 * A live edit of a field that Git declares, until Argo CD has reverted it, all on one revision. The floor is one write
 * through the API.
 */
export async function heals(): Promise<Part> {
  await startSandbox();
  const all = await following(api, (watching, client) => repeated(ROUNDS, () => heal(client, watching)));
  return {
    figures: {
      heal: {
        title: "A live edit of a declared field, until it is reverted",
        labels: { floor: "one write through the API" },
        goal: { p50: 600, p95: 1000 },
        series: { ours: all.map(({ healed }) => healed), floor: all.map(({ edited }) => edited) },
      },
    },
  };
}

/** Edits the API service's Deployment, as soon as the edit before is reverted. */
export async function heal(client: KubernetesClient, watching: Watching): Promise<Heal> {
  const before = performance.now();
  const edited = await client.patch(api, { spec: { revisionHistoryLimit: 5 } });
  const start = performance.now();
  const later = ({ metadata }: Deployment) =>
    Number(metadata.resourceVersion) > Number(edited.metadata.resourceVersion);
  const back = await watching.when((object) => later(object) && object.spec.revisionHistoryLimit === 3);
  return { healed: back - start, edited: start - before };
}
