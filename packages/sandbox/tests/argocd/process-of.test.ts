import assert from "node:assert/strict";
import type { KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { components, socketPath } from "../../argocd/components";
import { processOf } from "../../argocd/process-of";
import { MissingReference, type References, referencesOf } from "../../argocd/references";
import * as fixtures from "./fixtures";

const { local } = fixtures;
const of = (object: KubernetesObject, references: References = fixtures.references()) =>
  processOf(...fixtures.componentOf(object), references, local);

/** A fixture with a changed container. */
function withContainer(object: KubernetesObject, change: object): KubernetesObject {
  const copy = structuredClone(object) as KubernetesObject & {
    spec: { template: { spec: { containers: object[] } } };
  };
  Object.assign(copy.spec.template.spec.containers[0] ?? {}, change);
  return copy;
}

describe("sandbox/argocd/process-of", () => {
  const expected: [string, KubernetesObject, string, string[]][] = [
    ["redis", fixtures.redis, "/tools/redis", ["--address", "127.0.0.1:1000"]],
    ["haproxy", fixtures.haproxy, "/tools/redis", ["--address", "127.0.0.1:1000"]],
    [
      "repo-server",
      fixtures.repoServer,
      "/tools/argocd",
      [
        ...["--address", "127.0.0.1", "--port", "1001", "--metrics-address", "127.0.0.1", "--metrics-port", "1002"],
        ...["--redis", "127.0.0.1:1000"],
      ],
    ],
    [
      "controller",
      fixtures.controller,
      "/tools/argocd",
      ["--metrics-port", "1003", "--redis", "127.0.0.1:1000", "--repo-server", "127.0.0.1:1001"],
    ],
    [
      "server",
      fixtures.server,
      "/tools/argocd",
      [
        ...["--address", "127.0.0.1", "--port", "1004", "--metrics-port", "1005"],
        ...["--redis", "127.0.0.1:1000", "--repo-server", "127.0.0.1:1001", "--dex-server", "http://127.0.0.1:1"],
      ],
    ],
    [
      "applicationset",
      fixtures.applicationSet,
      "/tools/argocd",
      [
        ...["--metrics-addr", "127.0.0.1:1006", "--probe-addr", "127.0.0.1:1007", "--webhook-addr", "127.0.0.1:1008"],
        ...["--argocd-repo-server", "127.0.0.1:1001", "--enable-leader-election=false"],
      ],
    ],
    [
      "notifications",
      fixtures.notifications,
      "/tools/argocd",
      ["--metrics-port", "1009", "--argocd-repo-server", "127.0.0.1:1001"],
    ],
  ];
  for (const [name, object, command, args] of expected) {
    it(`gives ${name} addresses on this machine`, () => {
      const spec = of(object);
      assert.equal(spec.command, command);
      assert.deepEqual(spec.args, args);
    });
  }

  it("is tested for every component", () => {
    const names = expected.map(([, object]) => fixtures.componentOf(object)[0].name);
    assert.deepEqual(new Set(names), new Set(components.map(({ name }) => name)));
  });

  it("keeps the template's arguments and appends its own", () => {
    const args = ["/usr/local/bin/argocd-server", "--loglevel", "debug", "--port=8080", "--staticassets=/tmp/app"];
    const spec = of(withContainer(fixtures.server, { command: ["tini", "--"], args }));
    assert.deepEqual(spec.args.slice(0, 4), [
      "--loglevel",
      "debug",
      "--port=8080",
      "--staticassets=/work/argocd-server/root/tmp/app",
    ]);
    assert.ok(spec.args.indexOf("--port") > 2);
  });

  it("drops flags and variables that select Redis Sentinel or TLS", () => {
    const args = ["argocd-repo-server", "--sentinel", "a:1", "--sentinel=b:2", "--redis-use-tls", "--loglevel", "warn"];
    const spec = of(
      withContainer(fixtures.repoServer, { args }),
      fixtures.references({ "redis.sentinel.hosts": "a:1,b:2" }),
    );
    assert.deepEqual(spec.args.slice(0, 3), ["--loglevel", "warn", "--address"]);
    assert.equal("REDIS_SENTINEL_HOSTS" in spec.env, false);
  });

  it("passes configured parameters in the template's variables", () => {
    const spec = of(fixtures.repoServer, fixtures.references({ "reposerver.parallelism.limit": "7" }));
    assert.equal(spec.env.ARGOCD_REPO_SERVER_PARALLELISM_LIMIT, "7");
    assert.equal("ARGOCD_REPO_SERVER_PARALLELISM_LIMIT" in of(fixtures.repoServer).env, false);
  });

  it("maps the container's paths to paths below the process's folder", () => {
    const { env, cwd } = of(fixtures.repoServer);
    assert.equal(env.HELM_CACHE_HOME, "/work/argocd-repo-server/root/helm-working-dir");
    assert.equal(env.TMPDIR, "/work/argocd-repo-server/root/tmp");
    assert.equal(env.ARGOCD_SSH_DATA_PATH, "/work/argocd-repo-server/root/app/config/ssh");
    assert.equal(env.ARGOCD_ASK_PASS_SOCK, "/work/argocd-repo-server/ask-pass.sock");
    assert.equal(cwd, "/work/argocd-repo-server/root/home/argocd");
    assert.equal(of(fixtures.controller).env.KUBECACHEDIR, "/work/argocd-application-controller/root/tmp/kubecache");
    assert.equal(of(fixtures.notifications).cwd, "/work/argocd-notifications-controller/root/app");
  });

  it("does not change a value that only looks like a path", () => {
    const env = [{ name: "ARGOCD_SERVER_ROOTPATH", value: "/argo" }];
    assert.equal(of(withContainer(fixtures.server, { env })).env.ARGOCD_SERVER_ROOTPATH, "/argo");
  });

  it("gives each process its identity, and puts the sandbox's programs first on PATH", () => {
    const { env, name } = of(fixtures.controller);
    assert.equal(name, "dev-argocd-application-controller");
    assert.equal(env.ARGOCD_BINARY_NAME, "argocd-application-controller");
    assert.equal(env.HOSTNAME, "argocd-application-controller-0");
    assert.equal(env.ARGOCD_FAKE_IN_CLUSTER, "true");
    assert.equal(env.KUBECONFIG, "/work/argocd-application-controller/kubeconfig");
    assert.equal(env.PATH, "/tools:/usr/bin");
    assert.equal(env.ARGOCD_GPG_ENABLED, "false");
  });

  it("makes the only controller responsible for every cluster", () => {
    const { env } = of(fixtures.controller);
    assert.equal(env.ARGOCD_CONTROLLER_REPLICAS, "1");
    assert.equal("ARGOCD_CONTROLLER_SHARD" in env, false);
  });

  it("passes Redis its password in REDIS_PASSWORD, whatever the template's variable, and not as an argument", () => {
    for (const object of [fixtures.redis, fixtures.haproxy]) {
      const spec = of(object);
      assert.equal(spec.env.REDIS_PASSWORD, "s3cret");
      assert.equal("AUTH" in spec.env, false);
      assert.equal(spec.args.join(" ").includes("s3cret"), false);
    }
  });

  it("returns a changed spec after a rollout that changes nothing else", () => {
    const again = structuredClone(fixtures.controller) as typeof fixtures.controller & {
      spec: { template: { metadata?: object } };
    };
    again.spec.template.metadata = { annotations: { "kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z" } };
    assert.notDeepEqual(of(again), of(fixtures.controller));
    assert.deepEqual(of(structuredClone(fixtures.controller)), of(fixtures.controller));
  });

  it("waits for a required Secret", () => {
    const none = referencesOf({ configMaps: [], secrets: [] });
    assert.throws(() => of(fixtures.server, none), MissingReference);
  });

  it("rejects a container that runs another program", () => {
    const changed = withContainer(fixtures.server, { args: ["sleep", "infinity"] });
    assert.throws(() => of(changed), /^Error: Deployment argocd-server: got no container that runs argocd-server;/);
  });

  it("keeps the socket's path short enough for a Unix socket", () => {
    assert.equal(socketPath("/short"), "/short/ask-pass.sock");
    const long = `/${"deep/".repeat(30)}`;
    assert.ok(socketPath(long).length < 104);
    assert.notEqual(socketPath(`${long}a`), socketPath(`${long}b`));
  });
});
