/**
 * The chart under the real Helm. What the manifests hold is asserted in tests/gitops-repo, on the golden files that are
 * compared here. After a change of the chart on purpose: UPDATE_GOLDEN=1 npm run test:e2e, then read the difference.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { parseAllDocuments } from "yaml";
import { ensureTools } from "../../sandbox/tools/build";
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
   * Renders the production values with more settings, each `key=value` or `key={json}`; answers Helm's error where it
   * refuses them.
   */
  async function render(...settings: string[]): Promise<string> {
    const flags = settings.flatMap((setting) => ["--set-json", setting]);
    const args = ["template", "api", CHART, "--namespace", "api", "--values", valuesFile("prod"), ...flags];
    const { stdout, stderr, exitCode } = await execa(helm, args, { reject: false });
    return exitCode === 0 ? stdout : stderr;
  }

  /** The one container of the rendered Deployment. */
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

  it("refuses what can be no tag, and a key that it does not know", async () => {
    const error = await render('image.tag="a/b"', "replicas=3");
    assert.match(error, /at '\/image\/tag': 'a\/b' does not match pattern/);
    assert.match(error, /additional properties 'replicas' not allowed/);
  });

  it("refuses a limit below its request, in whatever units", async () => {
    const cpu = await render('resources.requests.cpu="2"');
    assert.match(cpu, /resources\.limits\.cpu: got 1000m; expected at least resources\.requests\.cpu, 2\./);
    const memory = await render('resources.requests.memory="1Gi"');
    assert.match(memory, /resources\.limits\.memory: got 512Mi; expected at least resources\.requests\.memory, 1Gi\./);
    assert.match(await render('resources.requests.cpu="1"', 'resources.requests.memory="512Mi"'), /kind: Deployment/);
  });

  it("refuses fewer pods at most than at least, only where autoscaling is on", async () => {
    const error = await render("autoscaling.maxReplicas=2");
    assert.match(error, /autoscaling\.maxReplicas: got 2; expected at least autoscaling\.minReplicas, 3\./);
    assert.match(await render("autoscaling.maxReplicas=2", "autoscaling.enabled=false"), /replicas: 3/);
  });

  it("pulls the image by digest where one is given", async () => {
    const digest = `sha256:${"0a".repeat(32)}`;
    assert.equal((await container(`image.digest="${digest}"`)).image, `ghcr.io/vaarak/api@${digest}`);
  });

  it("gives the container its variables as text, and its secrets by reference", async () => {
    const { env, envFrom } = await container('env={"NO":"yes","TEXT":"a \\"b\\"\\n# c"}', 'envFromSecrets=["123"]');
    assert.deepEqual(env, [
      { name: "NO", value: "yes" },
      { name: "TEXT", value: 'a "b"\n# c' },
    ]);
    assert.deepEqual(envFrom, [{ secretRef: { name: "123" } }]);
  });

  it("gives a starting container the seconds that it asks for, rounded up to whole probes", async () => {
    const { startupProbe } = await container("probes.startupSeconds=61");
    assert.deepEqual(startupProbe, {
      httpGet: { path: "/healthz", port: "http" },
      periodSeconds: 5,
      failureThreshold: 13,
    });
  });

  it("opens the network to the callers and destinations that are named", async () => {
    const egress = '[{"namespace":"billing","app":"billing","port":8080},{"cidr":"10.20.0.0/16","port":5432}]';
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
      { to: [{ ipBlock: { cidr: "10.20.0.0/16" } }], ports: [{ port: 5432, protocol: "TCP" }] },
    ]);
  });
});

interface Rendered {
  kind: string;
  spec: {
    template?: { spec: { containers: Record<string, unknown>[] } };
    ingress?: unknown[];
    egress?: unknown[];
  };
}
