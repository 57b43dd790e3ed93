import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesClient } from "@gitops-platform/clients/kubernetes";
import type { ArgocdPorts } from "../ports";
import type { ProcessSpec } from "../supervisor/process-spec";
import type { Tools } from "../tools/build";
import { type Component, components } from "./components";
import { kubeconfigPath, type LocalSetup, locationOf, processOf, runningContainer } from "./process-of";
import { ensureRedisSecret, makesRedisSecret } from "./redis-secret";
import { lookUp, type References, referencesOf } from "./references";
import { kubeconfigOf } from "./service-account";
import { volumesOf } from "./volumes";
import { templateHash, type Workload, workloadOf } from "./workload";
import { writeVolumes } from "./write-volumes";

/** The part of the Kubernetes client that {@link ArgocdProcesses} uses. */
export type ClusterClient = Pick<KubernetesClient, "get" | "list" | "apply" | "watch">;

/** The part of the supervisor that {@link ArgocdProcesses} uses. */
export interface ProcessKeeper {
  set(spec: ProcessSpec): void;
  remove(name: string): Promise<void>;
}

export interface ArgocdProcessesOptions {
  /** Prefix of the process names. */
  environment: string;
  client: ClusterClient;
  supervisor: ProcessKeeper;
  tools: Pick<Tools, "bin">;
  /** The administrator's kubeconfig. Each process gets a copy that impersonates its pod's service account. */
  kubeconfig: string;
  /** Working folder, with a subfolder for each process. */
  folder: string;
  /** Folder of the log files. What the processes wait for is logged to `<environment>-argocd.log`. */
  logs: string;
  ports: ArgocdPorts;
  /** Default: argocd. */
  namespace?: string;
  /** Changes within this time are handled together. Default: 200 ms. */
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
 * Runs Argo CD's processes for one cluster as the kubelet would, from the pod templates that are installed there. A
 * process starts once its workload exists with everything that its template requires. It restarts when the template
 * changes, with the ConfigMaps and Secrets of that moment; a changed ConfigMap alone updates mounted files, but not the
 * environment of a running process. It ends when its workload is deleted or scaled to zero.
 */
export class ArgocdProcesses {
  readonly #options: Required<ArgocdProcessesOptions>;
  readonly #local: LocalSetup;
  /** Template hash of each running component. */
  readonly #running = new Map<string, string>();
  readonly #reported = new Map<string, string>();
  #wake: () => void = () => undefined;
  #changed = true;

  constructor(options: ArgocdProcessesOptions) {
    this.#options = { namespace: "argocd", settleMilliseconds: 200, ...options };
    this.#local = { ...options, path: process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin" };
  }

  /**
   * Follows the cluster until the signal is aborted; the supervisor then still runs the processes. Waits for a
   * namespace or an API server that does not exist yet.
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

  /** Reads the cluster once and makes the processes match it. */
  async reconcile(): Promise<void> {
    const { client, namespace } = this.#options;
    const [deployments, statefulSets] = await Promise.all([
      client.list("apps/v1", "Deployment", { namespace }),
      client.list("apps/v1", "StatefulSet", { namespace }),
    ]);
    const workloads = [...deployments, ...statefulSets].map(workloadOf).filter(({ replicas }) => replicas > 0);
    if (workloads.some(makesRedisSecret)) await ensureRedisSecret(client, namespace);
    // Read these after the workloads, so that they are never older than the templates that refer to them.
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
        // A process that already runs continues, as an old pod does until the new one is ready.
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
    const location = locationOf(component, this.#local);
    const volumes = volumesOf(runningContainer(component, workload).container, workload, references);
    const hash = `${workload.kind} ${workload.name} ${templateHash(workload.template)}`;
    const restart = this.#running.get(component.name) !== hash;
    const spec = restart ? processOf(component, workload, references, this.#local) : undefined;
    await writeVolumes(location, volumes);
    if (!spec) return;
    if (spec.cwd !== undefined) await mkdir(spec.cwd, { recursive: true, mode: 0o700 });
    const text = await readFile(this.#options.kubeconfig, "utf8");
    await writeFile(kubeconfigPath(location), kubeconfigOf(text, this.#options.kubeconfig, workload), { mode: 0o600 });
    this.#options.supervisor.set(spec);
    this.#running.set(component.name, hash);
  }

  async #follow(apiVersion: string, kind: string, signal: AbortSignal): Promise<void> {
    const { client, namespace } = this.#options;
    const ended = (): boolean => signal.aborted;
    while (!ended()) {
      try {
        const events = client.watch(apiVersion, kind, { namespace, signal })[Symbol.asyncIterator]();
        // It does not matter which object changed: reconcile reads all of them.
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

  /** Logs a line each time what is waited for changes. An empty message means that nothing is missing any more. */
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

/** The workload that a component runs from: the first of its candidates that wants pods. */
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
