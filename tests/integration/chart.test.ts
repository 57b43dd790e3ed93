/**
 * Renders the chart with the real Helm. tests/gitops-repo tests the content of the golden files that are compared here.
 * After an intended change of the chart, run UPDATE_GOLDEN=1 npm run test:integration, and review the difference.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { parseAllDocuments } from "yaml";
import { ensureTools } from "@gitops-platform/sandbox/tools/build";
import { CONTENT, ENVIRONMENTS, goldenFile, goldenText, normalised } from "../gitops-repo/support";

const CHART = join(CONTENT, "charts/service");

describe("the service chart under Helm", function () {
  this.timeout("30m"); // the tools may have to be built first
  let helm = "";
  before(async () => {
    helm = join((await ensureTools()).bin, "helm");
  });

  const valuesFile = (environment: string) => join(CONTENT, `environments/${environment}/api.yaml`);

  /**
   * Renders the production values with more settings, each `key=value` or `key={json}`. Returns Helm's error if it
   * refuses them.
   */
  async function render(...settings: string[]): Promise<string> {
    const flags = settings.flatMap((setting) => ["--set-json", setting]);
    const args = ["template", "api", CHART, "--namespace", "api", "--values", valuesFile("prod"), ...flags];
    const { stdout, stderr, exitCode } = await execa(helm, args, { reject: false });
    return exitCode === 0 ? stdout : stderr;
  }

  /** The only container of the rendered Deployment. */
  async function container(...settings: string[]): Promise<Record<string, unknown>> {
    const manifests = parseAllDocuments(await render(...settings)).map((document) => document.toJS() as Rendered);
    const deployment = manifests.find(({ kind }) => kind === "Deployment");
    return deployment?.spec.template?.spec.containers[0] ?? assert.fail("no Deployment was rendered");
  }

  for (const environment of ENVIRONMENTS) {
    it(`lints with the values of ${environment}`, async () => {
      const { stdout } = await execa(helm, ["lint", "--strict", CHART, "--values", valuesFile(environment)]);
      assert.match(stdout, /1 chart\(s\) linted, 0 chart\(s\) failed/);
    });

    it(`renders the golden manifests of ${environment}`, async () => {
      const args = ["template", "api", CHART, "--namespace", "api", "--values", valuesFile(environment)];
      const rendered = normalised((await execa(helm, args)).stdout);
      if (process.env.UPDATE_GOLDEN) writeFileSync(goldenFile(environment), rendered);
      assert.equal(rendered, goldenText(environment));
    });
  }

  it("refuses an invalid tag and an unknown key", async () => {
    const error = await render('image.tag="a/b"', "replicas=3");
    assert.match(error, /at '\/image\/tag': 'a\/b' does not match pattern/);
    assert.match(error, /additional properties 'replicas' not allowed/);
  });

  it("refuses a limit below its request, in any unit", async () => {
    const cpu = await render('resources.requests.cpu="2"');
    assert.match(cpu, /resources\.limits\.cpu: got 1000m; expected at least resources\.requests\.cpu, 2\./);
    const decimal = await render("resources.limits.cpu=0.2");
    assert.match(decimal, /resources\.limits\.cpu: got 0\.2; expected at least resources\.requests\.cpu, 250m\./);
    const memory = await render('resources.requests.memory="1Gi"');
    assert.match(memory, /resources\.limits\.memory: got 512Mi; expected at least resources\.requests\.memory, 1Gi\./);
    const equal = ['resources.requests.cpu="1"', 'resources.requests.memory="512Mi"'];
    for (const same of ['cpu="1e0"', "cpu=1", 'memory=".5Gi"', "memory=536870912", 'memory="524288Ki"'])
      assert.match(await render(...equal, `resources.limits.${same}`), /kind: Deployment/, same);
    const below = await render(...equal, 'resources.limits.memory="536M"');
    assert.match(below, /resources\.limits\.memory: got 536M; expected at least resources\.requests\.memory, 512Mi\./);
  });

  it("accepts every notation of quantities in Kubernetes, and requires no CPU limit", async () => {
    const resources = '{"requests":{"cpu":0.5,"memory":134217728},"limits":{"memory":"1.5Gi"}}';
    const { resources: rendered } = await container(`resources=${resources}`);
    const limits = { memory: "1.5Gi" };
    assert.deepEqual(rendered, { requests: { cpu: "0.5", memory: "134217728" }, limits });
  });

  it("refuses a quantity so small that its unit is probably missing", async () => {
    const memory = await render("resources.requests.memory=256");
    assert.match(memory, /resources\.requests\.memory: got 256; expected at least 1Mi\. Raise it, or write the unit/);
    for (const none of ['cpu="0"', 'cpu="0.0m"', 'cpu="1e-9"', 'memory="0Gi"'])
      assert.match(
        await render(`resources.limits.${none}`),
        /resources\.limits\.\w+: got \S+; expected at least 1M?[im]/,
      );
  });

  it("refuses maxReplicas below minReplicas, but only if autoscaling is enabled", async () => {
    const error = await render("autoscaling.maxReplicas=2");
    assert.match(error, /autoscaling\.maxReplicas: got 2; expected at least autoscaling\.minReplicas, 3\./);
    assert.match(await render("autoscaling.maxReplicas=2", "autoscaling.enabled=false"), /replicas: 3/);
  });

  it("pulls the image by its digest if there is one", async () => {
    const digest = `sha256:${"0a".repeat(32)}`;
    assert.equal((await container(`image.digest="${digest}"`)).image, `ghcr.io/vaarak/api@${digest}`);
  });

  it("sets the container's variables as text, and its secrets by reference", async () => {
    const { env, envFrom } = await container('env={"NO":"yes","TEXT":"a \\"b\\"\\n# c"}', 'envFromSecrets=["123"]');
    assert.deepEqual(env, [
      { name: "NO", value: "yes" },
      { name: "TEXT", value: 'a "b"\n# c' },
    ]);
    assert.deepEqual(envFrom, [{ secretRef: { name: "123" } }]);
  });

  it("lists each variable after those that it refers to, so that Kubernetes expands them", async () => {
    const values = {
      A_DSN: "postgres://$(USER_NAME):$(FROM_SECRET)@$(my.host)/$(A_NAME)",
      A_NAME: "$(Z-SUFFIX)-db",
      USER_NAME: "app",
      "my.host": "db.$(Z-SUFFIX)",
      "Z-SUFFIX": "eu",
      ESCAPED: "$$(USER_NAME) $$$(USER_NAME) $(not a name) $(open",
      PATH: "/app:$(PATH)",
      constructor: "$(toString)$(USER_NAME)",
      toString: "y",
    };
    const entries = Object.entries({ ...values, ["__proto__"]: "$(USER_NAME)" });
    const env = `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join()}}`;
    const { env: rendered } = await container(`env=${env}`, 'envFromSecrets=["api"]');
    assert.deepEqual(expanded(rendered as Variable[], { FROM_SECRET: "s", PATH: "/bin" }), {
      A_DSN: "postgres://app:s@db.eu/eu-db",
      A_NAME: "eu-db",
      USER_NAME: "app",
      "my.host": "db.eu",
      "Z-SUFFIX": "eu",
      ESCAPED: "$(USER_NAME) $app $(not a name) $(open",
      PATH: "/app:/bin",
      ["__proto__"]: "app",
      constructor: "yapp",
      toString: "y",
    });
  });

  it("lists variables without references in the order of their names", async () => {
    const { env } = await container('env={"B":"$$(A)","C":"x","A":"$ (B) $"}');
    assert.deepEqual(
      (env as Variable[]).map(({ name }) => name),
      ["A", "B", "C"],
    );
  });

  it("refuses references that Kubernetes would not expand, and reports all of them", async () => {
    const env = '{"A":"$(B)","B":"x$(A)","SELF":"$(SELF)","TYPO":"$(USR_NAME) $(API_SERVICE_HOST) $(KUBERNETES_PORT)"}';
    const error = await render(`env=${env}`, 'args=["--user=$(USER_NAME)"]');
    assert.match(error, /env\.SELF: got \$\(SELF\); expected the name of another variable in env/);
    assert.match(
      error,
      /env\.TYPO: got \$\(USR_NAME\); expected .* write \$\$\(USR_NAME\) where this text itself is meant\./,
    );
    assert.match(error, /args\[0\]: got \$\(USER_NAME\); expected/);
    assert.match(error, /env: got references between A, B that go in a circle; expected one of them without\./);
    assert.doesNotMatch(error, /API_SERVICE_HOST|KUBERNETES_PORT/);
    const others = await render('env={"A":"$(WEB_SERVICE_HOST)"}');
    assert.match(others, /env\.A: got \$\(WEB_SERVICE_HOST\); expected/);
    assert.match(await render('env={"A":"$(ANY)"}', 'envFromSecrets=["api"]'), /kind: Deployment/);
  });

  it("passes arguments on unchanged and in order", async () => {
    const { args, env } = await container('args=["serve","--user=$(USER_NAME)","yes",""]', 'env={"USER_NAME":"app"}');
    assert.deepEqual(args, ["serve", "--user=$(USER_NAME)", "yes", ""]);
    assert.deepEqual(env, [{ name: "USER_NAME", value: "app" }]);
    assert.ok(!("args" in (await container())));
  });

  it("sets the timeouts of probes and termination", async () => {
    const { readinessProbe } = await container("probes.timeoutSeconds=7", 'probes.readinessPath="/healthz?full=1"');
    assert.deepEqual(readinessProbe, {
      httpGet: { path: "/healthz?full=1", port: "http" },
      timeoutSeconds: 7,
      periodSeconds: 5,
      failureThreshold: 3,
    });
    assert.match(await render("terminationGraceSeconds=90"), /terminationGracePeriodSeconds: 90\n/);
  });

  it("sets the time to start, rounded up to whole probes", async () => {
    const { startupProbe } = await container("probes.startupSeconds=61");
    assert.deepEqual(startupProbe, {
      httpGet: { path: "/healthz", port: "http" },
      timeoutSeconds: 1,
      periodSeconds: 5,
      failureThreshold: 13,
    });
  });

  it("allows network traffic only from and to the listed services and addresses", async () => {
    const egress =
      '[{"namespace":"billing","app":"billing","port":8080},{"cidr":"10.20.0.0/16","port":5432,"protocol":"UDP"}]';
    const rendered = await render('networkPolicy.ingressFrom=["web"]', `networkPolicy.egress=${egress}`);
    const manifests = parseAllDocuments(rendered).map((document) => document.toJS() as Rendered);
    const policy = manifests.find(({ kind }) => kind === "NetworkPolicy");
    const namespaceSelector = (name: string) => ({ matchLabels: { "kubernetes.io/metadata.name": name } });
    assert.deepEqual(policy?.spec.ingress, [
      { ports: [{ port: 8080, protocol: "TCP" }], from: [{ namespaceSelector: namespaceSelector("web") }] },
    ]);
    const podSelector = { matchLabels: { "app.kubernetes.io/name": "billing" } };
    assert.deepEqual(policy.spec.egress?.slice(1), [
      {
        to: [{ namespaceSelector: namespaceSelector("billing"), podSelector }],
        ports: [{ port: 8080, protocol: "TCP" }],
      },
      { to: [{ ipBlock: { cidr: "10.20.0.0/16" } }], ports: [{ port: 5432, protocol: "UDP" }] },
    ]);
  });
});

interface Variable {
  readonly name: string;
  readonly value: string;
}

/**
 * The values of the variables in the container, computed like the kubelet does:
 * https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/kubelet/kubelet_pods.go, makeEnvironmentVariables.
 */
function expanded(list: readonly Variable[], ofSecrets: Readonly<Record<string, string>>): Record<string, string> {
  const known = new Map(Object.entries(ofSecrets));
  for (const { name, value } of list) {
    const text = value.replace(/\$(?:\$|\(([^)]*)\))/g, (all, reference?: string) => {
      return reference === undefined ? "$" : (known.get(reference) ?? all);
    });
    known.set(name, text);
  }
  return Object.fromEntries(list.map(({ name }) => [name, known.get(name) ?? ""]));
}

interface Rendered {
  kind: string;
  spec: {
    template?: { spec: { containers: Record<string, unknown>[] } };
    ingress?: unknown[];
    egress?: unknown[];
  };
}
