import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesClient } from "../../clients/kubernetes";
import type { ArgocdPorts } from "../ports";
import type { ProcessSpec } from "../supervisor/process-spec";
import type { Tools } from "../tools/build";
import { type Component, components } from "./components";
import { kubeconfigPath, type LocalSetup, placeOf, processOf, runningContainer } from "./process-of";
import { ensureRedisSecret, makesRedisSecret } from "./redis-secret";
import { lookUp, type References, referencesOf } from "./references";
import { kubeconfigOf } from "./service-account";
import { volumesOf } from "./volumes";
import { templateHash, type Workload, workloadOf } from "./workload";
import { writeVolumes } from "./write-volumes";

/** What {@link ArgocdProcesses} needs of the Kubernetes client. */
export type ClusterClient = Pick<KubernetesClient, "get" | "list" | "apply" | "watch">;

/** What {@link ArgocdProcesses} needs of the supervisor. */
export interface ProcessKeeper {
  set(spec: ProcessSpec): void;
  remove(name: string): Promise<void>;
}

export interface ArgocdProcessesOptions {
  /** First part of the processes' names. */
  environment: string;
  client: ClusterClient;
  supervisor: ProcessKeeper;
  tools: Pick<Tools, "bin">;
  /** The administrator's kubeconfig; each process acts as its pod's service account through it. */
  kubeconfig: string;
  /** Working folder: one folder a process below it. */
  folder: string;
  /** Folder of the log files: what is waited for goes to `<environment>-argocd.log`. */
  logs: string;
  ports: ArgocdPorts;
  /** Default: argocd. */
  namespace?: string;
  /** Changes that come within this time are taken together. Default: 200 ms. */
  settleMilliseconds?: number;
}

const watched = [
  ["apps/v1", "Deployment"],
  ["apps/v1", "StatefulSet"],
  ["v1", "ConfigMap"],
  ["v1", "Secret"],
] as const;

const retryMilliseconds = 1000;

/**
 * Runs Argo CD's processes for one cluster as the kubelet would: from the pod templates that are installed there. A
 * process starts when its workload is there and all that its template requires; it starts again when the template
 * changes, with the ConfigMaps and Secrets as they are then; a changed ConfigMap alone reaches the files of its mounts,
 * not the environment of a running process. It ends when its workload is deleted or scaled to zero.
 */
export class ArgocdProcesses {
  readonly #options: Required<ArgocdProcessesOptions>;
  readonly #local: LocalSetup;
  /** Template hash of what runs, by component. */
  readonly #running = new Map<string, string>();
  readonly #reported = new Map<string, string>();
  #wake: () => void = () => undefined;
  #changed = true;

  constructor(options: ArgocdProcessesOptions) {
    this.#options = { namespace: "argocd", settleMilliseconds: 200, ...options };
    this.#local = { ...options, path: process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin" };
  }

  /**
   * Follows the cluster until the signal is aborted; the supervisor keeps the processes then. A namespace or an API
   * server that is not there yet is waited for.
   */
  async run(signal: AbortSignal): Promise<void> {
    const follows = watched.map(([apiVersion, kind]) => this.#follow(apiVersion, kind, signal));
    signal.addEventListener("abort", () => {
      this.#wake();
    });
    const ended = (): boolean => signal.aborted;
    while (!ended()) {
      if (!this.#changed) await new Promise<void>((resolve) => (this.#wake = resolve));
      await pause(this.#options.settleMilliseconds, signal);
      if (ended()) break;
      this.#changed = false;
      try {
        await this.reconcile();
        await this.#report("cluster", "");
      } catch (error) {
        await this.#report("cluster", messageOf(error));
        this.#changed = true;
        await pause(retryMilliseconds, signal);
      }
    }
    await Promise.all(follows);
  }

  /** Looks at the cluster once and brings the processes in line with it. */
  async reconcile(): Promise<void> {
    const { client, namespace } = this.#options;
    const [deployments, statefulSets] = await Promise.all([
      client.list("apps/v1", "Deployment", { namespace }),
      client.list("apps/v1", "StatefulSet", { namespace }),
    ]);
    const workloads = [...deployments, ...statefulSets].map(workloadOf).filter(({ replicas }) => replicas > 0);
    if (workloads.some(makesRedisSecret)) await ensureRedisSecret(client, namespace);
    // After the workloads: what was written before a template is never older than the template.
    const [configMaps, secrets] = await Promise.all([
      client.list("v1", "ConfigMap", { namespace }),
      client.list("v1", "Secret", { namespace }),
    ]);
    const references = referencesOf({ configMaps, secrets });
    for (const component of components) {
      try {
        const made = workloads.some(({ name }) => name === "argocd-server") ? component.madeByServer : undefined;
        if (made && !this.#running.has(component.name)) lookUp(references, "Secret", made);
        await this.#bring(component, wantedWorkload(component, workloads), references);
        await this.#report(component.name, "");
      } catch (error) {
        // What already runs goes on, as an old pod does until the new one is ready.
        await this.#report(component.name, messageOf(error));
      }
    }
  }

  async #bring(component: Component, workload: Workload | undefined, references: References): Promise<void> {
    if (!workload) {
      if (this.#running.delete(component.name)) {
        await this.#options.supervisor.remove(`${this.#options.environment}-${component.name}`);
      }
      return;
    }
    const place = placeOf(component, this.#local);
    const volumes = volumesOf(runningContainer(component, workload).container, workload, references);
    const hash = `${workload.kind} ${workload.name} ${templateHash(workload.template)}`;
    const restart = this.#running.get(component.name) !== hash;
    const spec = restart ? processOf(component, workload, references, this.#local) : undefined;
    await writeVolumes(place, volumes);
    if (!spec) return;
    if (spec.cwd !== undefined) await mkdir(spec.cwd, { recursive: true, mode: 0o700 });
    const text = await readFile(this.#options.kubeconfig, "utf8");
    await writeFile(kubeconfigPath(place), kubeconfigOf(text, this.#options.kubeconfig, workload), { mode: 0o600 });
    this.#options.supervisor.set(spec);
    this.#running.set(component.name, hash);
  }

  async #follow(apiVersion: string, kind: string, signal: AbortSignal): Promise<void> {
    const { client, namespace } = this.#options;
    const ended = (): boolean => signal.aborted;
    while (!ended()) {
      try {
        const events = client.watch(apiVersion, kind, { namespace, signal })[Symbol.asyncIterator]();
        // Which object changed does not matter: all are looked at again.
        while (!(await events.next()).done) {
          this.#changed = true;
          this.#wake();
        }
      } catch (error) {
        if (!ended()) await this.#report(`watch ${kind}`, messageOf(error));
      }
      await pause(retryMilliseconds, signal);
    }
  }

  /** One line for each change of what is waited for; an empty message says that it came. */
  async #report(subject: string, message: string): Promise<void> {
    if ((this.#reported.get(subject) ?? "") === message) return;
    this.#reported.set(subject, message);
    const { logs, environment } = this.#options;
    const line = `${new Date().toISOString()} ${subject}: ${message || "no longer waiting"}\n`;
    try {
      await mkdir(logs, { recursive: true });
      await appendFile(join(logs, `${environment}-argocd.log`), line);
    } catch {
      // A full disk must not end Argo CD.
    }
  }
}

/** The workload that a component comes from: the first of its candidates that wants pods. */
export function wantedWorkload(component: Component, workloads: readonly Workload[]): Workload | undefined {
  for (const { kind, name } of component.workloads) {
    const found = workloads.find(
      (workload) => workload.name === name && (kind === undefined || kind === workload.kind),
    );
    if (found) return found;
  }
  return undefined;
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
