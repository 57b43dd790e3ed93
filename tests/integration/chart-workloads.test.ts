/**
 * Workloads, routes and secrets of the service chart under the real Helm. tests/gitops-repo/examples.test.ts asserts
 * facts about the examples' objects, on the golden files that are compared here; UPDATE_GOLDEN=1 rewrites them.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { parseAllDocuments } from "yaml";
import { ensureTools } from "@gitops-platform/sandbox/tools/build";
import { brokenRules } from "@gitops-platform/gitops/validate/broken-rules";
import { CONTENT, EXAMPLES, goldenFile, goldenText, normalised, valuesOf } from "../gitops-repo/support";

const CHART = join(CONTENT, "charts/service");

describe("workloads of the service chart under Helm", function () {
  this.timeout("30m"); // the tools may have to be built first
  let helm = "";
  let folder = "";
  before(async () => {
    helm = join((await ensureTools()).bin, "helm");
    folder = mkdtempSync(join(tmpdir(), "chart-"));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  async function render(service: string, file: string): Promise<string> {
    const args = ["template", service, CHART, "--namespace", service, "--values", file];
    const { stdout, stderr, exitCode } = await execa(helm, args, { reject: false });
    return exitCode === 0 ? stdout : stderr;
  }

  /** The objects from production's values of the API service with other keys, or Helm's error. */
  async function rendered(values: object): Promise<string> {
    const file = join(folder, "values.json");
    const text = JSON.stringify({ ...valuesOf("prod"), ...values });
    // YAML 1.1 ends a line at some characters that JSON leaves as they are.
    const escaped = text.replace(/[^ -~]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`);
    writeFileSync(file, escaped);
    return render("api", file);
  }

  async function objects(values: object): Promise<Rendered[]> {
    const text = await rendered(values);
    return parseAllDocuments(text).map((document) => {
      assert.deepEqual(document.errors, [], text);
      return document.toJS() as Rendered;
    });
  }

  async function object(kind: string, name: string, values: object): Promise<Rendered> {
    const found = (await objects(values)).find((each) => each.kind === kind && each.metadata.name === name);
    return found ?? assert.fail(`no ${kind} ${name} was rendered`);
  }

  for (const { name, service, file } of EXAMPLES) {
    it(`renders the golden manifests of the example ${name}`, async () => {
      const { stdout } = await execa(helm, ["lint", "--strict", CHART, "--values", file]);
      assert.match(stdout, /1 chart\(s\) linted, 0 chart\(s\) failed/);
      const text = normalised(await render(service, file));
      if (process.env.UPDATE_GOLDEN) writeFileSync(goldenFile(`example-${name}`), text);
      assert.equal(text, goldenText(`example-${name}`));
    });
  }

  it("takes any text as text", async () => {
    const texts = [
      "a: &x 1\nb: *x\n---\nkind: Secret",
      "{{ .Values.env }}",
      "\u2028\u0085\u0001",
      "<&>",
      " - x #y",
      "",
      "~",
    ];
    const files = Object.fromEntries(texts.map((text, index) => [`file-${index}`, text]));
    const values = { config: { files }, command: texts, workers: { mails: { args: texts } } };
    const { data } = await object("ConfigMap", "api-config", values);
    assert.deepEqual(data, files);
    const [main] = podsOf(await object("Deployment", "api", values)).containers;
    assert.deepEqual(main?.command, texts);
    const [worker] = podsOf(await object("Deployment", "api-mails", values)).containers;
    assert.deepEqual(worker?.args, texts);
  });

  it("restarts the pods when a file changes, and only those that have it", async () => {
    const checksum = async (text: string) => {
      const values = { config: { files: { a: text } }, workers: { other: { image: OTHER_IMAGE } } };
      const [api, other] = ["api", "api-other"].map((name) => object("Deployment", name, values));
      const annotations = [await api, await other].map((each) => each?.spec?.template.metadata.annotations);
      assert.equal(annotations[1], undefined);
      return annotations[0]?.["checksum/config"];
    };
    assert.match((await checksum("1")) ?? "", /^[0-9a-f]{64}$/);
    assert.notEqual(await checksum("1"), await checksum("2"));
  });

  it("gives the service's variables and files to its own image alone", async () => {
    const values = {
      env: { A: "$(B)", B: "b" },
      envFromSecrets: ["api"],
      config: { files: { a: "" } },
      sidecars: { proxy: { image: OTHER_IMAGE, resources: SMALL, env: { C: "c" } }, own: { resources: SMALL } },
      workers: { mails: { env: { B: "worker's" }, envFromSecrets: ["mails"] } },
    };
    const { initContainers = [] } = podsOf(await object("Deployment", "api", values));
    const said = initContainers.map(({ name, env, envFrom, volumeMounts, restartPolicy }) => {
      const folders = volumeMounts?.map(({ mountPath }) => mountPath);
      return [name, restartPolicy, env?.map((each) => each.name), envFrom?.length, folders];
    });
    assert.deepEqual(said, [
      ["own", "Always", ["B", "A"], 1, ["/tmp", "/etc/config"]],
      ["proxy", "Always", ["C"], undefined, ["/tmp"]],
    ]);
    const [worker] = podsOf(await object("Deployment", "api-mails", values)).containers;
    assert.deepEqual(worker?.env, [
      { name: "B", value: "worker's" },
      { name: "A", value: "$(B)" },
    ]);
    assert.deepEqual(
      worker.envFrom?.map(({ secretRef }) => secretRef.name),
      ["api", "mails"],
    );
  });

  it("asks by what the service speaks, or as it is told", async () => {
    const readiness = async (values: object) =>
      podsOf(await object("Deployment", "api", values)).containers[0]?.readinessProbe;
    const times = { timeoutSeconds: 1, periodSeconds: 5, failureThreshold: 3 };
    const grpc = { service: { protocol: "grpc" }, containerPort: 9000 };
    assert.deepEqual(await readiness(grpc), { grpc: { port: 9000 }, ...times });
    assert.deepEqual(await readiness({ probes: { type: "tcp" } }), { tcpSocket: { port: "http" }, ...times });
    const commands = { type: "command", readinessCommand: ["/ready"], livenessCommand: ["/alive"] };
    assert.deepEqual(await readiness({ probes: commands }), { exec: { command: ["/ready"] }, ...times });
  });

  it("keeps every pod confined, with every kind of workload and container at once", async () => {
    const more = { sidecars: { a: { resources: SMALL } }, initContainers: { b: { resources: SMALL } } };
    const values = {
      ...more,
      workers: { w: more },
      statefulSets: { s: { ...more, claims: { data: { mountPath: "/data", size: 1073741824 } } } },
      cronJobs: { c: { ...more, schedule: "@daily" } },
      jobs: { j: more },
    };
    const text = await rendered(values);
    assert.deepEqual(brokenRules(text, "api", { cpuLimit: "optional" }), []);
    const workloads = (await objects(values)).filter(({ kind }) => /Deployment|StatefulSet|Job/.test(kind));
    assert.equal(workloads.length, 5);
    for (const workload of workloads) {
      const { securityContext, containers, initContainers = [], automountServiceAccountToken } = podsOf(workload);
      assert.equal(automountServiceAccountToken, false);
      assert.equal(initContainers.length, 2);
      assert.deepEqual([securityContext?.runAsNonRoot, securityContext?.runAsUser], [true, 65532]);
      for (const container of [...containers, ...initContainers]) {
        assert.deepEqual(container.securityContext, {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        });
      }
    }
  });

  it("is weaker only where an exception says so", async () => {
    const exceptions = {
      runAsUser: 1000,
      writableRoot: true,
      privilegedPort: 80,
    };
    const pods = podsOf(await object("Deployment", "api", { exceptions }));
    assert.deepEqual([pods.securityContext?.runAsUser, pods.securityContext?.runAsNonRoot], [1000, true]);
    assert.deepEqual(pods.securityContext?.sysctls, [{ name: "net.ipv4.ip_unprivileged_port_start", value: "80" }]);
    const [container] = pods.containers;
    assert.equal((container?.securityContext as { readOnlyRootFilesystem: boolean }).readOnlyRootFilesystem, false);
    assert.deepEqual(container?.ports, [{ name: "http", containerPort: 80, protocol: "TCP" }]);
    const text = await rendered({ exceptions });
    assert.deepEqual(brokenRules(text, "api", { cpuLimit: "optional" }), []);
  });

  it("opens the metrics' port to Prometheus, and a stateful set's to the service's own pods", async () => {
    const values = {
      metrics: { enabled: true, port: 9090 },
      statefulSets: { cache: { port: 6379, ingressFrom: ["a"] } },
    };
    const namespaceSelector = (name: string) => ({ matchLabels: { "kubernetes.io/metadata.name": name } });
    const instance = { podSelector: { matchLabels: { "app.kubernetes.io/instance": "api" } } };
    const web = await object("NetworkPolicy", "api", values);
    assert.deepEqual(web.spec?.ingress, [
      { ports: [{ port: 8080, protocol: "TCP" }] },
      { ports: [{ port: 9090, protocol: "TCP" }], from: [{ namespaceSelector: namespaceSelector("monitoring") }] },
    ]);
    assert.deepEqual(web.spec.egress?.[1], { to: [instance], ports: [{ port: 6379, protocol: "TCP" }] });
    const cache = await object("NetworkPolicy", "api-cache", values);
    assert.deepEqual(cache.spec?.ingress, [
      {
        ports: [{ port: 6379, protocol: "TCP" }],
        from: [instance, { namespaceSelector: namespaceSelector("a") }],
      },
    ]);
  });

  it("refuses all at once what does not fit together", async () => {
    const error = await rendered({
      autoscaling: { enabled: false },
      gateway: { hosts: ["a.example.com"] },
      workers: {
        same: { probes: { type: "http" }, env: { A: "$(TYPO)" } },
        one: {
          volumes: { a: { mountPath: "/tmp", claim: "x" }, b: { mountPath: "/b", claim: "x" } },
          sidecars: { "api-one": { resources: SMALL, mounts: ["c"] } },
          resources: { requests: { cpu: "1", memory: "64Mi" }, limits: { memory: "32Mi" } },
        },
      },
      statefulSets: { same: { claims: { tmp: { mountPath: "/b", size: "1Gi" } } } },
      externalSecrets: { secrets: { "web-db": { A: { key: "web/db" } } } },
    });
    for (const said of [
      /gateway\.name: got nothing; expected the Gateway/,
      /(workers|statefulSets)\.same: got the name of (workers|statefulSets)\.same; expected another/,
      /workers\.same\.probes\.port: got nothing; expected the port/,
      /workers\.same\.env\.A: got \$\(TYPO\); expected the name of another variable/,
      /workers\.one\.volumes\.a\.mountPath: got \/tmp; expected another path than each container's own\./,
      /workers\.one\.sidecars\.api-one: got the name of another container/,
      /workers\.one\.sidecars\.api-one\.mounts: got c; expected a name in workers\.one\.volumes\./,
      /workers\.one\.resources\.limits\.memory: got 32Mi; expected at least .*\.resources\.requests\.memory, 64Mi\./,
      /statefulSets\.same\.claims\.tmp: got the name of a volume that each pod has/,
      /externalSecrets\.store\.name: got nothing/,
      /externalSecrets\.secrets\.web-db: got another name; expected api, or one that begins with api-\./,
      /externalSecrets\.secrets\.web-db\.A\.key: got web\/db; expected a path below api\//,
    ]) {
      assert.match(error, said);
    }
  });

  it("refuses a service without any workload, and a route to a web workload that there is not", async () => {
    const web = { enabled: false };
    const nothing = await rendered({ web, autoscaling: { enabled: false } });
    assert.match(
      nothing,
      /web\.enabled: got false without another workload; expected workers, statefulSets or cronJobs/,
    );
    const routes = await rendered({ web, workers: { a: {} }, ingress: { hosts: ["a.example.com"] } });
    assert.match(routes, /ingress: got one for the web workload; expected none, because web\.enabled is false\./);
    assert.match(routes, /autoscaling: got one for the web workload/);
  });

  it("refuses a name that would be too long for Kubernetes", async () => {
    const file = join(folder, "long.json");
    writeFileSync(file, JSON.stringify({ ...valuesOf("prod"), cronJobs: { report: { schedule: "@daily" } } }));
    assert.match(await render("a".repeat(46), file), /cronJobs\.report: got 53 characters .*; expected 52 at most\./);
    assert.match(await render("a".repeat(45), file), /kind: CronJob/);
  });
});

const OTHER_IMAGE = { repository: "ghcr.io/vaarak/proxy", tag: "v2.1.0" };
const SMALL = { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "64Mi" } };

interface Container {
  readonly name: string;
  readonly command?: string[];
  readonly args?: string[];
  readonly env?: { name: string; value: string }[];
  readonly envFrom?: { secretRef: { name: string } }[];
  readonly ports?: unknown;
  readonly restartPolicy?: string;
  readonly securityContext?: unknown;
  readonly readinessProbe?: unknown;
  readonly volumeMounts?: { mountPath: string; readOnly?: boolean }[];
}

interface Pods {
  readonly automountServiceAccountToken?: boolean;
  readonly securityContext?: { runAsNonRoot?: boolean; runAsUser?: number; sysctls?: unknown };
  readonly containers: Container[];
  readonly initContainers?: Container[];
}

interface Template {
  readonly metadata: { annotations?: Record<string, string> };
  readonly spec: Pods;
}

interface Rendered {
  readonly kind: string;
  readonly metadata: { name: string };
  readonly data?: unknown;
  readonly spec?: {
    readonly template: Template;
    readonly jobTemplate?: { spec: { template: Template } };
    readonly ingress?: unknown;
    readonly egress?: unknown[];
  };
}

function podsOf({ spec }: Rendered): Pods {
  const template = spec?.jobTemplate?.spec.template ?? spec?.template;
  return template?.spec ?? assert.fail("no pods");
}
