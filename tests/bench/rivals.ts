import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesClient, ObjectRef } from "@gitops-platform/clients/kubernetes";
import { rememberedPorts } from "@gitops-platform/sandbox/ports";
import { argocdUrls } from "@gitops-platform/sandbox/stack-files";
import { readStatus } from "@gitops-platform/sandbox/supervisor/status-file";
import { until } from "@gitops-platform/clients/until";
import { credentials, github, gitops } from "./changes";
import { api, deliverByHand, merge, sinceRequest } from "./deliveries";
import { heal } from "./heals";
import { paths, startSandbox } from "./sandbox";
import { type Part, repeated } from "./measure";
import { following, type Watching } from "./watching";

/** How others set Argo CD up. */
interface Rival {
  /** The series, as measure.ts lists them. */
  name: string;
  /** Seconds between two looks at Git. */
  poll: number;
  /** Seconds that Argo CD adds at most to each of them. */
  jitter: number;
  webhook: boolean;
  rounds: number;
}

/**
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/argocd-cm-yaml/: `timeout.reconciliation`, and its jitter.
 */
const STOCK = { poll: 120, jitter: 60 };

const RIVALS: readonly Rival[] = [
  { name: "stock-webhook", ...STOCK, webhook: true, rounds: 10 },
  // What argocd-autopilot sets; without the jitter, which is in its favour.
  { name: "poll-15s", poll: 15, jitter: 0, webhook: false, rounds: 10 },
  { name: "stock", ...STOCK, webhook: false, rounds: 4 },
];

/** Edits in a row on one revision: enough to see upstream's back-off grow. */
const EDITS = 5;

/** The platform's own parameters that the rivals do not set: see components/argocd/parameters.ts. */
const HEAL_BACK_OFF = ["timeout.seconds", "factor", "cap.seconds"].map((key) => `controller.self.heal.backoff.${key}`);

const core = { apiVersion: "v1", kind: "ConfigMap", namespace: "argocd" };
const SETTINGS: ObjectRef = { ...core, name: "argocd-cm" };
const PARAMETERS: ObjectRef = { ...core, name: "argocd-cmd-params-cm" };
/** Asks the controller to look at an Application; it takes the annotation away when it has. */
const REFRESH = "argocd.argoproj.io/refresh";
/** The controller polls; the repo-server keeps for as long what a branch is at, or a poll would see the old commit. */
const PROCESSES = [
  { kind: "Deployment", name: "argocd-repo-server" },
  { kind: "StatefulSet", name: "argocd-application-controller" },
];

type Data = Record<string, string | null>;

/**
 * The same merge and the same edit where dev's Argo CD is set up as others set it up, beside this platform in the same
 * run.
 */
export async function rivals(): Promise<Part> {
  await startSandbox();
  const floor = await deliverByHand(10);
  return following(api, async (watching, client) => {
    const delivered: Record<string, number[]> = { ours: await merges(watching, 10) };
    const healed: Record<string, number[]> = { ours: await edits(client, watching) };
    const before = { settings: await dataOf(client, SETTINGS), parameters: await dataOf(client, PARAMETERS) };
    try {
      for (const rival of RIVALS) {
        process.stderr.write(`  ${rival.name} …\n`);
        await setUp(client, rival);
        const phase = rival.webhook ? 0 : rival.poll;
        const times = await merges(watching, rival.rounds, phase);
        delivered[rival.name] = times;
        if (rival.webhook) healed[rival.name] = await edits(client, watching);
      }
    } finally {
      await client.patch(SETTINGS, { data: before.settings });
      await client.patch(PARAMETERS, { data: before.parameters });
      await callWebhook(true);
      await restart(client, "platform");
    }
    return {
      figures: {
        "merge-beside-others": {
          title: "A merge, from its request until dev has it",
          series: { ...delivered, floor },
        },
        "heal-beside-others": { title: `${EDITS} edits in a row, until each is reverted`, series: healed },
      },
    };
  });
}

/**
 * Milliseconds from the start of each merge. Between polls, a merge comes at any moment of the period.
 * @param period Seconds.
 */
async function merges(watching: Watching, rounds: number, period = 0): Promise<number[]> {
  const anyMoment = () => sleep(Math.random() * period * 1000);
  return (await repeated(rounds, () => merge(watching, "api", anyMoment))).map(sinceRequest);
}

async function edits(client: KubernetesClient, watching: Watching): Promise<number[]> {
  return (await repeated(EDITS, () => heal(client, watching))).map(({ healed }) => healed);
}

async function setUp(client: KubernetesClient, { name, poll, jitter, webhook }: Rival): Promise<void> {
  await client.patch(SETTINGS, {
    data: { "timeout.reconciliation": `${poll}s`, "timeout.reconciliation.jitter": `${jitter}s` },
  });
  await client.patch(PARAMETERS, { data: Object.fromEntries(HEAL_BACK_OFF.map((key) => [key, null])) });
  await callWebhook(webhook);
  await restart(client, name);
}

async function dataOf(client: KubernetesClient, ref: ObjectRef): Promise<Data> {
  return ((await client.get(ref))?.data ?? {}) as Data;
}

/** Whether GitHub tells dev's Argo CD of a push. */
async function callWebhook(active: boolean): Promise<void> {
  const { rest } = await github(credentials().platformToken);
  const { webhook } = argocdUrls(await rememberedPorts(paths), "dev");
  const { data } = await rest.repos.listWebhooks(gitops);
  for (const { id, config } of data) {
    if (config.url === webhook) await rest.repos.updateWebhook({ ...gitops, hook_id: id, active });
  }
}

/** Restarts what reads these settings as its pod starts, and waits until the new processes work. */
async function restart(client: KubernetesClient, why: string): Promise<void> {
  for (const { kind, name } of PROCESSES) {
    const process = () => readStatus(paths.supervisor)?.processes.find((each) => each.name === `dev-${name}`);
    const { pid } = process() ?? {};
    const ref = { apiVersion: "apps/v1", kind, namespace: "argocd", name };
    await client.patch(ref, { spec: { template: { metadata: { annotations: { "bench/settings": why } } } } });
    await until(`the new process of ${name}`, () => {
      const now = process();
      const started = now?.state === "running" && now.pid !== pid;
      return Promise.resolve(started ? { done: true } : { waitingFor: now?.state ?? "nothing" });
    });
  }
  const application = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace: "argocd", name: "api" };
  await client.patch(application, { metadata: { annotations: { [REFRESH]: "normal" } } });
  await until("its first look", async () => {
    const asked = (await client.get(application))?.metadata.annotations?.[REFRESH];
    return asked === undefined ? { done: true } : { waitingFor: "the refresh that it was asked for" };
  });
}
