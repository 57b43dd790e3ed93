import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { KubernetesClient } from "@gitops-platform/clients/kubernetes";
import { apiServerProcess, etcdProcess } from "@gitops-platform/sandbox/clusters/api-server";
import { controllerProcesses } from "@gitops-platform/sandbox/clusters/controllers";
import { ensureKeys, keyFiles, kubeconfig, writeAtomically } from "@gitops-platform/sandbox/clusters/keys";
import { isReady } from "@gitops-platform/sandbox/clusters/ready";
import type { ProcessSpec } from "@gitops-platform/sandbox/supervisor/process-spec";
import { Supervisor } from "@gitops-platform/sandbox/supervisor/supervisor";
import { ensureTools } from "@gitops-platform/sandbox/tools/build";
import { freePort } from "@gitops-platform/test-support/free-port";
import { until } from "@gitops-platform/clients/until";

/** The identity of a request to the API server: a user name, and groups besides those that the name implies. */
export interface Requester {
  readonly user: string;
  readonly groups?: readonly string[];
}

/** The result of a kubectl command. */
export interface KubectlResult {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A real etcd, kube-apiserver and kube-controller-manager for one suite, on 127.0.0.1, without nodes. */
export class ApiServer {
  private constructor(
    readonly client: KubernetesClient,
    readonly kubeconfig: string,
    /** Folder with argocd/install.yaml. */
    readonly data: string,
    private readonly bin: string,
    private readonly folder: string,
    private readonly supervisor: Supervisor,
  ) {}

  /**
   * Starts the processes and waits until they are ready.
   * @param flags of the API server, besides the sandbox's own
   */
  static async start(flags: readonly string[] = []): Promise<ApiServer> {
    const tools = await ensureTools();
    const folder = mkdtempSync(join(tmpdir(), "api-server-"));
    const [logs, etcd, keys] = ["logs", "etcd", "keys"].map((name) => join(folder, name)) as [string, string, string];
    for (const each of [logs, etcd, keys]) mkdirSync(each, { mode: 0o700 });
    const [apiServer, kwok, metricsServer] = [await freePort(), 0, 0];
    const file = join(folder, "kubeconfig");
    const options = {
      environment: "prod",
      tools,
      folders: { keys, kubeconfig: file, boardKubeconfig: file, etcd },
      ports: { apiServer, kwok, metricsServer },
    } as const;
    const { admin } = ensureKeys(keys);
    const { certificate } = keyFiles(keys);
    writeAtomically(file, kubeconfig({ environment: "prod", port: apiServer, token: admin, certificate }));
    const supervisor = new Supervisor({ logs });
    try {
      supervisor.set(etcdProcess(tools.bin, etcd));
      const spec = audited(apiServerProcess(options), folder);
      supervisor.set({ ...spec, args: [...spec.args, ...flags] });
      await until("the API server is ready", async () =>
        (await isReady({ port: apiServer, token: admin, certificate }))
          ? { done: true }
          : { waitingFor: `see ${logs}` },
      );
      for (const spec of controllerProcesses(options)) {
        if (spec.name.endsWith("kube-controller-manager")) supervisor.set(spec);
      }
    } catch (error) {
      await supervisor.stop();
      throw error;
    }
    return new ApiServer(KubernetesClient.fromKubeconfig(file), file, tools.data, tools.bin, folder, supervisor);
  }

  /** Runs kubectl as the administrator, or as another user by impersonation. */
  async kubectl(
    args: readonly string[],
    options: { as?: Requester; input?: unknown; editor?: string } = {},
  ): Promise<KubectlResult> {
    const { as, input, editor } = options;
    const { exitCode, stdout, stderr } = await execa(
      join(this.bin, "kubectl"),
      [
        `--kubeconfig=${this.kubeconfig}`,
        ...(as ? [`--as=${as.user}`, ...groupsOf(as).map((group) => `--as-group=${group}`)] : []),
        ...args,
      ],
      {
        reject: false,
        extendEnv: false,
        // kubectl caches API discovery in HOME.
        env: { HOME: this.folder, PATH: "/usr/bin:/bin", ...(editor !== undefined && { KUBE_EDITOR: editor }) },
        timeout: 60_000,
        ...(input === undefined ? { stdin: "ignore" } : { input: JSON.stringify(input) }),
      },
    );
    return { exitCode, stdout, stderr };
  }

  /** The annotations of the requests in the audit log, oldest first. */
  auditAnnotations(): Readonly<Record<string, string>>[] {
    return readFileSync(join(this.folder, AUDIT_LOG), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => (JSON.parse(line) as { annotations?: Record<string, string> }).annotations ?? {});
  }

  /** Stops the processes and deletes their data. */
  async stop(): Promise<void> {
    this.client.close();
    await this.supervisor.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const AUDIT_LOG = "audit.log";

/** Adds an audit log of all changes, which is written synchronously. */
function audited(spec: ProcessSpec, folder: string): ProcessSpec {
  const policy = join(folder, "audit-policy.yaml");
  const rules = [{ level: "Metadata", verbs: ["create", "update", "patch", "delete"] }, { level: "None" }];
  const omitStages = ["RequestReceived"];
  writeFileSync(policy, JSON.stringify({ apiVersion: "audit.k8s.io/v1", kind: "Policy", omitStages, rules }));
  const args = [`--audit-policy-file=${policy}`, `--audit-log-path=${join(folder, AUDIT_LOG)}`];
  return { ...spec, args: [...spec.args, ...args, "--audit-log-mode=blocking"] };
}

/** The groups that the API server assigns to a service account, a node or a person. */
function groupsOf({ user, groups = [] }: Requester): string[] {
  const namespace = /^system:serviceaccount:([^:]+):/.exec(user)?.[1];
  return [
    "system:authenticated",
    ...(namespace === undefined ? [] : ["system:serviceaccounts", `system:serviceaccounts:${namespace}`]),
    ...groups,
  ];
}
