import { ApiError, KubernetesClient, type KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { until } from "@gitops-platform/clients/until";
import { api, merge, sinceAccepted } from "./deliveries";
import { paths, startSandbox } from "./sandbox";
import { type Figure, type Part, repeated, timed } from "./measure";
import { following } from "./watching";

/** With the guard and without it by turns, so that what else the machine does falls on both. */
const REQUESTS = { rounds: 600, turns: 10 };
const MERGES = { rounds: 30, turns: 5 };
const BINDING = "admissionregistration.k8s.io/v1";

/** Milliseconds of the same work, with the guard's bindings and without them. */
interface Comparison {
  guarded: number[];
  unguarded: number[];
}

/**
 * What the guard adds to a request (the same change of a delivered object's finalizers, which it lets everybody make)
 * and to a merge until dev runs it.
 */
export async function guarded(): Promise<Part> {
  await startSandbox();
  const requests = await inTurns("staging", REQUESTS, change);
  const merges = await following(api, (watching) =>
    inTurns("dev", MERGES, async () => sinceAccepted(await merge(watching, "api"))),
  );
  return {
    figures: {
      "guarded-request": beside("PATCH of a delivered object", requests),
      "guarded-merge": beside("An accepted merge, until dev has it", merges),
    },
  };
}

function beside(title: string, { guarded: ours, unguarded: floor }: Comparison): Figure {
  return { title, labels: { ours: "with the guard", floor: "without it" }, series: { ours, floor } };
}

async function inTurns(
  environment: "dev" | "staging",
  { rounds, turns }: { rounds: number; turns: number },
  work: (client: KubernetesClient) => Promise<number>,
): Promise<Comparison> {
  const client = KubernetesClient.fromKubeconfig(paths.environments[environment].kubeconfig, environment);
  const bindings = await client.list(BINDING, "ValidatingAdmissionPolicyBinding");
  const times: Comparison = { guarded: [], unguarded: [] };
  // Applying would add to the actions of another manager.
  await remove(client, bindings);
  try {
    for (let turn = 0; turn < turns; turn++) {
      // Refusals show when the bindings are in use; dev's own only warn.
      await apply(client, bindings, { validationActions: ["Deny"] });
      await untilRefused(client, true);
      times.guarded.push(...(await repeated(rounds / turns, () => work(client))));
      await remove(client, bindings);
      await untilRefused(client, false);
      times.unguarded.push(...(await repeated(rounds / turns, () => work(client))));
    }
  } finally {
    await apply(client, bindings);
    client.close();
  }
  return times;
}

/** Milliseconds that a change takes; taken back at once. */
async function change(client: KubernetesClient): Promise<number> {
  const took = await timed(() => client.patch(api, { metadata: { finalizers: ["gitops-platform/bench"] } }));
  await client.patch(api, { metadata: { finalizers: null } });
  return took;
}

async function apply(client: KubernetesClient, bindings: readonly KubernetesObject[], change = {}): Promise<void> {
  for (const { apiVersion, kind, metadata, spec } of bindings) {
    const { name, labels } = metadata;
    const changed = { ...(spec as object), ...change };
    const object = { apiVersion, kind, metadata: { name, ...(labels && { labels }) }, spec: changed };
    await client.apply(object, { fieldManager: "bench", force: true });
  }
}

async function remove(client: KubernetesClient, bindings: readonly KubernetesObject[]): Promise<void> {
  for (const { apiVersion, kind, metadata } of bindings) {
    await client.delete({ apiVersion, kind, name: metadata.name }, { propagation: "Background" });
  }
}

/**
 * Waits until the API server refuses a label of the Deployment, or lets it in: it takes a change of bindings up later.
 */
async function untilRefused(client: KubernetesClient, wanted: boolean): Promise<void> {
  await until(wanted ? "the guard refuses" : "nothing refuses", async () => {
    const isRefused = await client
      .patch(api, { metadata: { labels: { bench: "x" } } }, { dryRun: true })
      .then(() => false)
      .catch((error: unknown) => {
        if (error instanceof ApiError && error.status === 403) return true;
        throw error;
      });
    return isRefused === wanted ? { done: true } : { waitingFor: "the other bindings are in use" };
  });
}
