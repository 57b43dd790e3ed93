import { ApiError, KubernetesClient, type KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { until } from "@gitops-platform/clients/until";
import { api, merge } from "./deliveries";
import { paths, startSandbox } from "./sandbox";
import { markdown, percentile, repeated, timed } from "./table";
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
export async function guarded(): Promise<string> {
  await startSandbox();
  const requests = await inTurns("staging", REQUESTS, change);
  const merges = await following(api, (watching) =>
    inTurns("dev", MERGES, async () => (await merge(watching, "api")).accepted),
  );
  // Of a few milliseconds the common table shows too little.
  const row = (what: string, times: readonly number[], ratio = "") => [
    ...[what, String(times.length)],
    ...[0.5, 0.95].map((share) => `${percentile(times, share).toFixed(1)} ms`),
    ratio,
  ];
  const rows = (what: string, times: Comparison) => {
    const ratio = `${(percentile(times.guarded, 0.5) / percentile(times.unguarded, 0.5)).toFixed(2)}×`;
    return [row(`${what}, with the guard`, times.guarded, ratio), row("floor: the same without it", times.unguarded)];
  };
  return markdown(
    ["what", "rounds", "p50", "p95", "p50 ÷ floor"],
    [...rows("PATCH of a delivered object", requests), ...rows("accepted merge → live in dev", merges)],
  );
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
