import assert from "node:assert/strict";
import { parse } from "yaml";
import { complaints, read, schema, valuesOf } from "./support";

type Json = Record<string, unknown>;

/** The production values with the key at a path set to another value; undefined removes the key. */
function changed(path: string, value: unknown): Json {
  const values = structuredClone(valuesOf("prod"));
  const keys = path.split(".");
  let parent = values;
  for (const key of keys.slice(0, -1)) parent = (parent[key] ??= {}) as Json;
  parent[keys.at(-1) ?? ""] = value;
  return JSON.parse(JSON.stringify(values)) as Json;
}

const digest = `sha256:${"0a".repeat(32)}`;
const sidecar = { repository: "ghcr.io/vaarak/proxy", tag: "v2.1.0" };
const resources = { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "64Mi" } };

describe("the chart's schema", () => {
  const accepted: [string, unknown][] = [
    ["image.tag", "sha-a1b2c3d"],
    ["image.tag", "a1b2c3d4e5f60718293a4b5c6d7e8f9012345678"],
    ["image.tag", "main-a1b2c3d"],
    ["image.tag", "v1.4.2"],
    ["image.tag", "2024-01-15"],
    ["image.tag", "latest"],
    ["image.tag", "1.4.2-rc.1"],
    ["image.digest", digest],
    ["image.repository", "registry.example.com:5000/team/sub_team/api"],
    ["replicaCount", 0],
    ["resources.limits.cpu", "1"],
    ["resources.limits.cpu", undefined],
    ...[1, 0.5, "0.5", "1.5", "1.", ".5", "500m", "1e-1", "2E0", "1k"].map((cpu): [string, unknown] => {
      return ["resources.limits.cpu", cpu];
    }),
    ...[134217728, "2Gi", "1.5Gi", "1G", "512M", "1e9", "1E+9", "2Ti", "128974848", "1048576Ki", "1000000k"].map(
      (memory): [string, unknown] => ["resources.limits.memory", memory],
    ),
    ["autoscaling.targetCPUUtilization", 150],
    ["args", ["serve", "--user=$(USER_NAME)", ""]],
    ["env", { LOG_LEVEL: "info", EMPTY: "" }],
    ["env", { "LOG-LEVEL": "info", "my.name": "a", ".hidden": "b", _: "c", "-": "d" }],
    ["probes.readinessPath", "/healthz?full=1&deep=true"],
    ["probes.startupSeconds", 900],
    ["probes.timeoutSeconds", 5],
    ["terminationGraceSeconds", 600],
    ["envFromSecrets", ["api-secrets"]],
    ["imagePullSecrets", ["ghcr"]],
    ["podAnnotations", { "prometheus.io/scrape": "true" }],
    ["serviceAccount.annotations", { "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/api" }],
    ["networkPolicy.ingressFrom", ["ingress"]],
    ["networkPolicy.egress", [{ namespace: "billing", app: "billing", port: 8080 }]],
    [
      "networkPolicy.egress",
      [
        { namespace: "billing", port: 8080 },
        { cidr: "10.20.0.0/16", port: 5432 },
      ],
    ],
    ["networkPolicy.egress", [{ cidr: "fd00::/8", port: 5432 }]],
    ["networkPolicy.egress", [{ cidr: "10.20.255.9/32", port: 8125, protocol: "UDP" }]],
    ["web.enabled", false],
    ["service.protocol", "grpc"],
    ["probes", { type: "command", readinessCommand: ["/app", "ready"], livenessCommand: ["/app", "alive"] }],
    // Texts are accepted even if they mean something to YAML or to Helm's templates.
    ["config", { path: "/etc/api", files: { "app.yaml": "a: &x 1\nb: *x\n---\n{{ .Values.env }}\n", LICENSE: "" } }],
    ["command", ["sh", "-c", "echo {{ . }}\n# &anchor"]],
    ["volumes", { cache: { mountPath: "/var/cache", emptyDir: { sizeLimit: "1Gi", inMemory: true } } }],
    ["volumes", { certs: { mountPath: "/etc/certs", secret: "api-certs" }, share: { mountPath: "/a", claim: "b" } }],
    ["sidecars", { proxy: { image: { ...sidecar, digest }, resources, mounts: ["certs"], port: 9000 } }],
    ["initContainers", { wait: { resources, command: ["/app", "wait"] } }],
    ["ingress", { hosts: ["api.example.com"], className: "nginx", paths: ["/v1", "/a.b/~c/"], tlsSecret: "api-tls" }],
    ["gateway", { hosts: ["api.example.com"], name: "public", namespace: "gateways", section: "https" }],
    ["metrics", { enabled: true, port: 9090, interval: "15s", labels: { release: "prometheus" } }],
    ["externalSecrets.secrets", { "api-db": { DB_PASSWORD: { key: "api/db", property: "password" } } }],
    ["workers", { mails: { replicaCount: 2, probes: { type: "command", command: ["true"] } } }],
    ["statefulSets", { cache: { port: 6379, claims: { data: { mountPath: "/data", size: "10Gi" } } } }],
    ...["30 6 * * 1-5", "*/15 0,12 1-31/2 JAN-DEC MON", "@hourly"].map((schedule): [string, unknown] => [
      "cronJobs",
      { report: { schedule, timeZone: "America/Argentina/Buenos_Aires" } },
    ]),
    ["jobs", { migrate: { command: ["/app", "migrate"], retries: 3, deadlineSeconds: 60 } }],
    ["exceptions", { runAsUser: 1000, writableRoot: true, privilegedPort: 80 }],
  ];
  for (const [path, value] of accepted) {
    it(`accepts ${path}: ${JSON.stringify(value)}`, () => {
      assert.deepEqual(complaints(changed(path, value)), []);
    });
  }

  const refused: [string, unknown, string[]][] = [
    ["replicas", 3, ["/replicas additionalProperties"]],
    ["image", undefined, ["/image required"]],
    ["image.tag", undefined, ["/image/tag required"]],
    ["image.tags", "sha-a1b2c3d", ["/image/tags additionalProperties"]],
    ...["", "-a1b2c3d", ".5", "a/b", "sha a1b2c3d"].map((tag): [string, unknown, string[]] => [
      "image.tag",
      tag,
      ["/image/tag pattern"],
    ]),
    ["image.tag", 1234567, ["/image/tag type"]],
    ["image.digest", "sha256:0a", ["/image/digest pattern"]],
    ["image.digest", "", ["/image/digest pattern"]],
    ["image.repository", "api", ["/image/repository pattern"]],
    ["image.repository", "vaarak/api", ["/image/repository pattern"]],
    ["image.repository", "ghcr.io/Vaarak/api", ["/image/repository pattern"]],
    ["image.repository", "ghcr.io/vaarak/api:sha-a1b2c3d", ["/image/repository pattern"]],
    ["replicaCount", "3", ["/replicaCount type"]],
    ["replicaCount", -1, ["/replicaCount minimum"]],
    ["replicaCount", 2.5, ["/replicaCount type"]],
    ["resources", undefined, ["/resources required"]],
    ["resources.limits", undefined, ["/resources/limits required"]],
    ["resources.limits.memory", undefined, ["/resources/limits/memory required"]],
    ["resources.limits.memory", "512m", ["/resources/limits/memory pattern"]],
    ["resources.limits.memory", "512MB", ["/resources/limits/memory pattern"]],
    ["resources.limits.memory", 0.5, ["/resources/limits/memory type"]],
    ["resources.limits.memory", 0, ["/resources/limits/memory exclusiveMinimum"]],
    ...["-1Gi", "1.5.5Gi", "1 Gi", "1gi", "1e999Gi", "1e1000", "Gi", ".", "", "１Gi"].map(
      (memory): [string, unknown, string[]] => [
        "resources.limits.memory",
        memory,
        ["/resources/limits/memory pattern"],
      ],
    ),
    ...["512Mi", "-1", "+1", "1n", "1mm", "1e", "0x1", "1_000", "."].map((cpu): [string, unknown, string[]] => {
      return ["resources.limits.cpu", cpu, ["/resources/limits/cpu pattern"]];
    }),
    ["resources.limits.cpu", -1, ["/resources/limits/cpu exclusiveMinimum"]],
    ["resources.limits.cpu", null, ["/resources/limits/cpu type"]],
    ["resources.requests.cpu", "250 m", ["/resources/requests/cpu pattern"]],
    ["resources.requests.cpu", undefined, ["/resources/requests/cpu required"]],
    ["resources.requests.cpu", true, ["/resources/requests/cpu type"]],
    ["resources.requests.gpu", "1", ["/resources/requests/gpu additionalProperties"]],
    ["autoscaling.enabled", "true", ["/autoscaling/enabled type"]],
    ["autoscaling.minReplicas", 0, ["/autoscaling/minReplicas minimum"]],
    ["autoscaling.targetCPUUtilization", 0, ["/autoscaling/targetCPUUtilization minimum"]],
    ["autoscaling.targetCPUUtilization", 1001, ["/autoscaling/targetCPUUtilization maximum"]],
    [
      "autoscaling.targetCPUUtilizationPercentage",
      70,
      ["/autoscaling/targetCPUUtilizationPercentage additionalProperties"],
    ],
    ["containerPort", 80, ["/containerPort minimum"]],
    ["service.port", 0, ["/service/port minimum"]],
    ["service.type", "LoadBalancer", ["/service/type additionalProperties"]],
    ["env", { PORT: 8080 }, ["/env/PORT type"]],
    ...["1A", "A B", "A=B", "", ".", "..", "..a", "A\nB", "Ä"].map((name): [string, unknown, string[]] => [
      "env",
      { [name]: "x" },
      ["/env pattern", "/env propertyNames"],
    ]),
    ["args", "serve", ["/args type"]],
    ["args", [1], ["/args/0 type"]],
    ["envFromSecrets", ["Api_Secrets"], ["/envFromSecrets/0 pattern"]],
    ["probes.readinessPath", "readyz", ["/probes/readinessPath pattern"]],
    ["probes.readinessPath", "/ready#now", ["/probes/readinessPath pattern"]],
    ["probes.readinessPath", "/ready now", ["/probes/readinessPath pattern"]],
    ["probes.startupSeconds", 3601, ["/probes/startupSeconds maximum"]],
    ["terminationGraceSeconds", 5, ["/terminationGraceSeconds minimum"]],
    ["podAnnotations", { "prometheus.io/scrape": true }, ["/podAnnotations/prometheus.io~1scrape type"]],
    ["networkPolicy.ingressFrom", ["Ingress"], ["/networkPolicy/ingressFrom/0 pattern"]],
    [
      "networkPolicy.egress",
      [{ port: 5432 }],
      [
        "/networkPolicy/egress/0/namespace required",
        "/networkPolicy/egress/0/cidr required",
        "/networkPolicy/egress/0 oneOf",
      ],
    ],
    ["networkPolicy.egress", [{ namespace: "a", cidr: "10.0.0.0/8", port: 1 }], ["/networkPolicy/egress/0 oneOf"]],
    [
      "networkPolicy.egress",
      [{ cidr: "10.0.0.0/8", app: "a", port: 1 }],
      ["/networkPolicy/egress/0 dependentRequired"],
    ],
    ["networkPolicy.egress", [{ cidr: "10.0.0.0/33", port: 1 }], ["/networkPolicy/egress/0/cidr pattern"]],
    ["networkPolicy.egress", [{ cidr: "10.0.0.256/8", port: 1 }], ["/networkPolicy/egress/0/cidr pattern"]],
    ["networkPolicy.egress", [{ cidr: "010.0.0.0/8", port: 1 }], ["/networkPolicy/egress/0/cidr pattern"]],
    [
      "networkPolicy.egress",
      [{ cidr: "10.0.0.0/8", port: 1, protocol: "SCTP" }],
      ["/networkPolicy/egress/0/protocol enum"],
    ],
    ["networkPolicy.egress", [{ cidr: "10.0.0.0/8" }], ["/networkPolicy/egress/0/port required"]],
    ...[
      "*.example.com",
      "*",
      "localhost",
      "API.example.com",
      "a..example.com",
      "api.example.com:80",
      "api.example.com/x",
      "api.example.com\n",
      "a.example.com\n  - host: b.example.com",
      "{{ .Release.Name }}.example.com",
      "ápi.example.com",
    ].flatMap((host): [string, unknown, string[]][] => [
      ["ingress.hosts", [host], ["/ingress/hosts/0 pattern"]],
      ["gateway.hosts", [host], ["/gateway/hosts/0 pattern"]],
    ]),
    ...["", "v1", "/../admin", "/a b", "/{{ . }}", "/a\n", "//evil.example.com", "/a%2e"].map(
      (path): [string, unknown, string[]] => ["ingress.paths", [path], ["/ingress/paths/0 pattern"]],
    ),
    ["ingress.paths", [], ["/ingress/paths minItems"]],
    ["ingress.className", "nginx\nspec: x", ["/ingress/className pattern"]],
    ["ingress.annotations", { "a\nb": "x" }, ["/ingress/annotations pattern", "/ingress/annotations propertyNames"]],
    ["ingress.defaultBackend", {}, ["/ingress/defaultBackend additionalProperties"]],
    ["gateway.filters", [], ["/gateway/filters additionalProperties"]],
    ["metrics.port", 80, ["/metrics/port minimum"]],
    ["metrics.interval", "1ms", ["/metrics/interval pattern"]],
    ["metrics.namespace", "*", ["/metrics/namespace pattern"]],
    ["metrics.labels", { release: "a\nb" }, ["/metrics/labels/release pattern"]],
    ["metrics.namespaceSelector", { any: true }, ["/metrics/namespaceSelector additionalProperties"]],
    ...["../web/db", "api/../web/db", "/api/db", "api", "api/", "api/{{ x }}", "api/a\nb", "api//db"].map(
      (key): [string, unknown, string[]] => [
        "externalSecrets.secrets",
        { "api-db": { A: { key } } },
        ["/externalSecrets/secrets/api-db/A/key pattern"],
      ],
    ),
    ["externalSecrets.secrets", { "api-db": {} }, ["/externalSecrets/secrets/api-db minProperties"]],
    ["externalSecrets.store.kind", "Other", ["/externalSecrets/store/kind enum"]],
    ...["a/b", "A", "-a", "a_b", "a\n", "a".repeat(21)].flatMap((name): [string, unknown, string[]][] =>
      ["workers", "statefulSets", "jobs"].map((kind) => [
        kind,
        { [name]: {} },
        [`/${kind} pattern`, `/${kind} propertyNames`],
      ]),
    ),
    ["workers", { mails: { port: 8080 } }, ["/workers/mails/port additionalProperties"]],
    ["workers", { mails: { securityContext: {} } }, ["/workers/mails/securityContext additionalProperties"]],
    ["cronJobs", { report: {} }, ["/cronJobs/report/schedule required"]],
    ...["* * * *", "* * * * * *", "* * * *\t*", "0 6 * * *\n", "TZ=UTC 0 6 * * *", "@every 1s", "0  6 * * *", ""].map(
      (schedule): [string, unknown, string[]] => [
        "cronJobs",
        { report: { schedule } },
        ["/cronJobs/report/schedule pattern"],
      ],
    ),
    ["cronJobs", { report: { schedule: "@daily", timeZone: "../x" } }, ["/cronJobs/report/timeZone pattern"]],
    ["config.files", { "../a": "" }, ["/config/files pattern", "/config/files propertyNames"]],
    ["config.files", { "a/b": "" }, ["/config/files pattern", "/config/files propertyNames"]],
    ["config.files", { a: { b: 1 } }, ["/config/files/a type"]],
    ...["tmp", "/", "/a/../b", "/a:b", "/a\n", "/{{ a }}"].map((path): [string, unknown, string[]] => [
      "config.path",
      path,
      ["/config/path pattern"],
    ]),
    [
      "volumes",
      { a: { mountPath: "/a" } },
      ["emptyDir", "configMap", "secret", "claim"]
        .map((key) => `/volumes/a/${key} required`)
        .concat("/volumes/a oneOf"),
    ],
    ["volumes", { a: { mountPath: "/a", emptyDir: { sizeLimit: 1 }, configMap: "b" } }, ["/volumes/a oneOf"]],
    [
      "volumes",
      { a: { mountPath: "/a", hostPath: "/" } },
      [
        ...["emptyDir", "configMap", "secret", "claim"].map((key) => `/volumes/a/${key} required`),
        "/volumes/a oneOf",
        "/volumes/a/hostPath additionalProperties",
      ],
    ],
    ["sidecars", { proxy: {} }, ["/sidecars/proxy/resources required"]],
    [
      "sidecars",
      { proxy: { resources, image: { repository: "ghcr.io/a/b" } } },
      ["/sidecars/proxy/image/tag required"],
    ],
    ["exceptions.runAsUser", 0, ["/exceptions/runAsUser minimum"]],
    ["exceptions.privileged", true, ["/exceptions/privileged additionalProperties"]],
    ["exceptions.hostPaths", {}, ["/exceptions/hostPaths additionalProperties"]],
  ];
  for (const [path, value, expected] of refused) {
    it(`refuses ${path}: ${value === undefined ? "nothing" : JSON.stringify(value)}`, () => {
      assert.deepEqual(complaints(changed(path, value)), expected);
    });
  }

  it("accepts the chart's defaults together with the keys that have no default", () => {
    const { image, resources } = valuesOf("prod");
    assert.deepEqual(complaints({ ...defaults(), image, resources }), []);
  });

  it("has exactly the keys of values.yaml, and the two that have no default", () => {
    const documented = keysOf(schema).filter((key) => !/^(image|resources)(\.|$)/.test(key));
    const given = pathsOf(defaults());
    assert.deepEqual(documented.sort(), given.sort());
  });

  it("describes every key", () => {
    const silent = propertiesOf(schema).filter(([, property]) => typeof property.description !== "string");
    assert.deepEqual(silent, []);
  });

  it("accepts no unknown key at any level", () => {
    const open = objectsOf(schema).filter((object) => object.additionalProperties === undefined);
    assert.deepEqual(open, []);
  });
});

function defaults(): Json {
  return parse(read("charts/service/values.yaml")) as Json;
}

/** The paths of a values mapping; lists and empty mappings are leaves. */
function pathsOf(values: Json, prefix = ""): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const path = prefix + key;
    const inner = typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
    return [path, ...pathsOf(inner, `${path}.`)];
  });
}

function keysOf(node: Json, prefix = ""): string[] {
  return Object.entries((node.properties ?? {}) as Record<string, Json>).flatMap(([key, property]) => [
    prefix + key,
    ...keysOf(property, `${prefix}${key}.`),
  ]);
}

/** Every schema object inside the schema, including itself. */
function nodesOf(node: unknown): Json[] {
  if (Array.isArray(node)) return node.flatMap(nodesOf);
  if (typeof node !== "object" || node === null) return [];
  return [node as Json, ...Object.values(node).flatMap(nodesOf)];
}

function objectsOf(root: Json): Json[] {
  return nodesOf(root).filter((node) => node.type === "object");
}

function propertiesOf(root: Json): [string, Json][] {
  return objectsOf(root).flatMap((object) => Object.entries((object.properties ?? {}) as Record<string, Json>));
}
