// The cluster and the supervisor are fakes. The end-to-end tests show that Argo CD really runs with these processes.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KubernetesObject, ObjectRef, WatchEvent } from "@gitops-platform/clients/kubernetes";
import { ArgocdProcesses, type ClusterClient, type ProcessKeeper } from "../../argocd/argocd-processes";
import type { ProcessSpec } from "../../supervisor/process-spec";
import { until } from "@gitops-platform/clients/until";
import * as fixtures from "./fixtures";

class FakeCluster implements ClusterClient {
  readonly objects = new Map<string, KubernetesObject>();
  #listeners = new Set<() => void>();
  unreachable = false;

  put(...objects: KubernetesObject[]): void {
    for (const object of objects) this.objects.set(`${object.kind}/${object.metadata.name}`, structuredClone(object));
    for (const listener of this.#listeners) listener();
  }

  remove(object: KubernetesObject): void {
    this.objects.delete(`${object.kind}/${object.metadata.name}`);
    for (const listener of this.#listeners) listener();
  }

  get(ref: ObjectRef): Promise<KubernetesObject | undefined> {
    return Promise.resolve(this.objects.get(`${ref.kind}/${ref.name}`));
  }

  list(_apiVersion: string, kind: string): Promise<KubernetesObject[]> {
    if (this.unreachable) return Promise.reject(new Error("connection refused"));
    return Promise.resolve([...this.objects.values()].filter((object) => object.kind === kind));
  }

  apply(object: KubernetesObject): Promise<KubernetesObject> {
    this.put(object);
    return Promise.resolve(object);
  }

  async *watch(_apiVersion: string, kind: string, { signal }: { signal: AbortSignal }): AsyncGenerator<WatchEvent> {
    for (;;) {
      for (const object of await this.list("", kind)) yield { type: "MODIFIED", object };
      await new Promise<void>((resolve) => {
        this.#listeners.add(resolve);
        signal.addEventListener("abort", () => {
          resolve();
        });
      });
      if (signal.aborted) return;
    }
  }
}

class FakeSupervisor implements ProcessKeeper {
  readonly specs = new Map<string, ProcessSpec>();
  readonly calls: string[] = [];

  set(spec: ProcessSpec): void {
    this.specs.set(spec.name, spec);
    this.calls.push(`set ${spec.name}`);
  }

  remove(name: string): Promise<void> {
    this.specs.delete(name);
    this.calls.push(`remove ${name}`);
    return Promise.resolve();
  }

  /** Returns the calls since the last call of this method. */
  take(): string[] {
    return this.calls.splice(0);
  }
}

interface Deployed extends KubernetesObject {
  spec: { replicas?: number; template: { metadata?: object } };
}

function changed(object: KubernetesObject, change: (copy: Deployed) => void): KubernetesObject {
  const copy = structuredClone(object) as Deployed;
  change(copy);
  return copy;
}

const rolledOut = (object: KubernetesObject, checksum: string) =>
  changed(object, (copy) => (copy.spec.template.metadata = { annotations: { checksum } }));

const installed = [
  fixtures.redis,
  fixtures.repoServer,
  fixtures.controller,
  fixtures.server,
  fixtures.applicationSet,
  fixtures.notifications,
];
const settings = [
  fixtures.configMap("argocd-cmd-params-cm", {}),
  fixtures.configMap("argocd-ssh-known-hosts-cm", { ssh_known_hosts: "one" }),
  fixtures.secret("argocd-secret", { "server.secretkey": "k" }),
];

describe("sandbox/argocd/argocd-processes", () => {
  let folder: string;
  let cluster: FakeCluster;
  let supervisor: FakeSupervisor;
  let processes: ArgocdProcesses;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "argocd-processes-"));
    cluster = new FakeCluster();
    supervisor = new FakeSupervisor();
    const kubeconfig = join(folder, "kubeconfig");
    await writeFile(
      kubeconfig,
      "{current-context: dev, clusters: [], users: [{name: u, user: {}}], contexts: [{name: dev, context: {user: u}}]}",
    );
    processes = new ArgocdProcesses({
      ...{ environment: "dev", client: cluster, supervisor, kubeconfig, folder, logs: join(folder, "logs") },
      ...{ tools: fixtures.local.tools, ports: fixtures.local.ports, settleMilliseconds: 0 },
    });
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  const log = async () => readFile(join(folder, "logs/dev-argocd.log"), "utf8").catch(() => "");

  it("starts one process per workload, in order", async () => {
    cluster.put(...settings, ...installed);
    await processes.reconcile();
    assert.deepEqual(supervisor.take(), [
      "set dev-argocd-redis",
      "set dev-argocd-repo-server",
      "set dev-argocd-application-controller",
      "set dev-argocd-server",
      "set dev-argocd-applicationset-controller",
      "set dev-argocd-notifications-controller",
    ]);
    await processes.reconcile();
    assert.deepEqual(supervisor.take(), []);
  });

  it("creates the Redis password once, like the init container", async () => {
    cluster.put(...settings, ...installed);
    await processes.reconcile();
    const made = cluster.objects.get("Secret/argocd-redis") as KubernetesObject & { data: { auth: string } };
    assert.match(atob(made.data.auth), /^[A-Za-z0-9]{16}$/);
    for (const name of ["redis", "repo-server", "server", "application-controller"]) {
      assert.equal(supervisor.specs.get(`dev-argocd-${name}`)?.env.REDIS_PASSWORD, atob(made.data.auth), name);
    }
    await processes.reconcile();
    assert.deepEqual(cluster.objects.get("Secret/argocd-redis"), made);
  });

  it("waits for the Redis password if no init container would create it", async () => {
    cluster.put(...settings, fixtures.server);
    await processes.reconcile();
    assert.deepEqual(supervisor.take(), []);
    assert.match(await log(), /argocd-server: Secret argocd-redis: does not exist yet; it is required\n$/);
    cluster.put(fixtures.secret("argocd-redis", { auth: "x" }));
    await processes.reconcile();
    assert.deepEqual(supervisor.take(), ["set dev-argocd-server"]);
    assert.match(await log(), /argocd-server: no longer waiting\n$/);
  });

  it("restarts only if the template changes, with the parameters at that time", async () => {
    const name = "dev-argocd-application-controller";
    const variable = "ARGOCD_APPLICATION_CONTROLLER_SELF_HEAL_BACKOFF_CAP_SECONDS";
    cluster.put(...settings, ...installed);
    await processes.reconcile();
    supervisor.take();
    cluster.put(fixtures.configMap("argocd-cmd-params-cm", { "controller.self.heal.backoff.cap.seconds": "1" }));
    await processes.reconcile();
    assert.deepEqual(supervisor.take(), []);
    cluster.put(rolledOut(fixtures.controller, "a"));
    await processes.reconcile();
    assert.deepEqual(supervisor.take(), [`set ${name}`]);
    assert.equal(supervisor.specs.get(name)?.env[variable], "1");
  });

  it("does not restart for a change outside the template", async () => {
    cluster.put(...settings, ...installed);
    await processes.reconcile();
    supervisor.take();
    cluster.put(changed(fixtures.server, (copy) => (copy.spec.replicas = 5)));
    cluster.put(changed(fixtures.repoServer, (copy) => (copy.metadata.labels = { a: "b" })));
    await processes.reconcile();
    assert.deepEqual(supervisor.take(), []);
  });

  it("updates mounted files if a ConfigMap changes, without a restart", async () => {
    cluster.put(...settings, ...installed);
    await processes.reconcile();
    supervisor.take();
    cluster.put(fixtures.configMap("argocd-ssh-known-hosts-cm", { ssh_known_hosts: "two" }));
    await processes.reconcile();
    const file = join(folder, "argocd-repo-server/root/app/config/ssh/ssh_known_hosts");
    assert.equal(await readFile(file, "utf8"), "two");
    assert.deepEqual(supervisor.take(), []);
  });

  it("keeps the old process while a new template cannot start", async () => {
    cluster.put(...settings, ...installed);
    await processes.reconcile();
    supervisor.take();
    const broken = rolledOut(fixtures.server, "b") as Deployed & {
      spec: { template: { spec: { containers: { env: object[] }[] } } };
    };
    broken.spec.template.spec.containers[0]?.env.push({
      name: "A",
      valueFrom: { secretKeyRef: { name: "later", key: "k" } },
    });
    cluster.put(broken);
    await processes.reconcile();
    assert.deepEqual(supervisor.take(), []);
    cluster.put(fixtures.secret("later", { k: "v" }));
    await processes.reconcile();
    assert.deepEqual(supervisor.take(), ["set dev-argocd-server"]);
  });

  it("stops a process whose workload is scaled to zero, being deleted, or gone", async () => {
    cluster.put(...settings, ...installed);
    await processes.reconcile();
    supervisor.take();
    cluster.put(changed(fixtures.server, (copy) => (copy.spec.replicas = 0)));
    cluster.put(changed(fixtures.controller, (copy) => (copy.metadata.deletionTimestamp = "2026-01-01T00:00:00Z")));
    cluster.remove(fixtures.notifications);
    await processes.reconcile();
    assert.deepEqual(supervisor.take(), [
      "remove dev-argocd-application-controller",
      "remove dev-argocd-server",
      "remove dev-argocd-notifications-controller",
    ]);
    cluster.put(fixtures.server);
    await processes.reconcile();
    assert.deepEqual(supervisor.take(), ["set dev-argocd-server"]);
  });

  it("replaces Redis with the high-availability workload", async () => {
    cluster.put(...settings, fixtures.redis);
    await processes.reconcile();
    cluster.put(fixtures.haproxy);
    cluster.remove(fixtures.redis);
    await processes.reconcile();
    assert.deepEqual(supervisor.take(), ["set dev-argocd-redis", "set dev-argocd-redis"]);
  });

  it("starts the ApplicationSet controller once argocd-server has created its key", async () => {
    const [parameters, knownHosts, withKey] = settings as [KubernetesObject, KubernetesObject, KubernetesObject];
    cluster.put(parameters, knownHosts, fixtures.secret("argocd-secret", {}), ...installed);
    await processes.reconcile();
    assert.equal(supervisor.take().includes("set dev-argocd-applicationset-controller"), false);
    cluster.put(withKey);
    await processes.reconcile();
    assert.deepEqual(supervisor.take(), ["set dev-argocd-applicationset-controller"]);
  });

  it("starts the ApplicationSet controller without that key if there is no argocd-server", async () => {
    cluster.put(fixtures.applicationSet);
    await processes.reconcile();
    assert.deepEqual(supervisor.take(), ["set dev-argocd-applicationset-controller"]);
  });

  it("gives each process the service account of its workload", async () => {
    cluster.put(...settings, ...installed);
    await processes.reconcile();
    const text = await readFile(join(folder, "argocd-repo-server/kubeconfig"), "utf8");
    assert.match(text, /as: system:serviceaccount:argocd:argocd-repo-server\n/);
  });

  it("waits for the cluster, follows its changes, and ends when the signal is aborted", async () => {
    const stop = new AbortController();
    cluster.unreachable = true;
    const running = processes.run(stop.signal);
    await until("the log names the reason", async () =>
      (await log()).includes("cluster: connection refused") ? { done: true } : { waitingFor: "log" },
    );
    cluster.unreachable = false;
    cluster.put(...settings, ...installed);
    const started = (count: number) =>
      until("processes", () =>
        Promise.resolve(supervisor.specs.size === count ? { done: true } : { waitingFor: `${supervisor.specs.size}` }),
      );
    await started(6);
    cluster.remove(fixtures.server);
    await started(5);
    stop.abort();
    await running;
    assert.equal(supervisor.specs.has("dev-argocd-server"), false);
  });
});
