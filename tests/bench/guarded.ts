import { ApiError, KubernetesClient, type KubernetesObject } from "../../clients/kubernetes";
import { until } from "../../sandbox/until";
import { api } from "./deliveries";
import { paths, startSandbox } from "./sandbox";
import { markdown, percentile, repeated, timed } from "./table";

const ROUNDS = 600;
/** With the guard and without it by turns, so that what else the machine does falls on both. */
const TURNS = 10;
const BINDING = "admissionregistration.k8s.io/v1";

/**
 * What the guard adds to a request: the same change of a delivered object's finalizers, which it lets everybody make,
 * with its bindings and without them.
 */
export async function guarded(): Promise<string> {
  await startSandbox();
  const client = KubernetesClient.fromKubeconfig(paths.environments.staging.kubeconfig, "staging");
  const bindings = await client.list(BINDING, "ValidatingAdmissionPolicyBinding");
  const [withGuard, without]: [number[], number[]] = [[], []];
  try {
    for (let turn = 0; turn < TURNS; turn++) {
      await apply(client, bindings);
      withGuard.push(...(await repeated(ROUNDS / TURNS, () => change(client))));
      await remove(client, bindings);
      without.push(...(await repeated(ROUNDS / TURNS, () => change(client))));
    }
  } finally {
    await apply(client, bindings);
    client.close();
  }
  // Of a few milliseconds the common table shows too little.
  const row = (what: string, times: readonly number[], ratio = "") => [
    ...[what, String(times.length)],
    ...[0.5, 0.95].map((share) => `${percentile(times, share).toFixed(1)} ms`),
    ratio,
  ];
  const ratio = `${(percentile(withGuard, 0.5) / percentile(without, 0.5)).toFixed(2)}×`;
  return markdown(
    ["what", "rounds", "p50", "p95", "p50 ÷ floor"],
    [
      row("PATCH of a delivered object, with the guard", withGuard, ratio),
      row("floor: the same without the guard's bindings", without),
    ],
  );
}

/** Milliseconds that a change takes; taken back at once. */
async function change(client: KubernetesClient): Promise<number> {
  const took = await timed(() => client.patch(api, { metadata: { finalizers: ["gitops-platform/bench"] } }));
  await client.patch(api, { metadata: { finalizers: null } });
  return took;
}

/** Gives the guard its bindings, and waits until it refuses again. */
async function apply(client: KubernetesClient, bindings: readonly KubernetesObject[]): Promise<void> {
  for (const { apiVersion, kind, metadata, ...rest } of bindings) {
    const { name, labels } = metadata;
    const object = { apiVersion, kind, metadata: { name, ...(labels && { labels }) }, ...rest } as KubernetesObject;
    await client.apply(object, { fieldManager: "bench", force: true });
  }
  await untilRefused(client, true);
}

async function remove(client: KubernetesClient, bindings: readonly KubernetesObject[]): Promise<void> {
  for (const { apiVersion, kind, metadata } of bindings) {
    await client.delete({ apiVersion, kind, name: metadata.name }, { propagation: "Background" });
  }
  await untilRefused(client, false);
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
