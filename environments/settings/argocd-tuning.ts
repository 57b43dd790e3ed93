import { X509Certificate } from "node:crypto";
import { z } from "zod";
import supported from "../../supported.json";
import { parseUrl } from "../url";
import { area, type ConfigurationOf } from "./setting";
import { check, choice, fixedMap, freeMap, list, nonEmptyText, rules, text } from "./values";

/** The number of Applications that an Argo CD is sized for: up to 400, 1,000 or 3,000. */
export const FLEET_SIZES = ["small", "medium", "large"] as const;
export type FleetSize = (typeof FLEET_SIZES)[number];

/** The kinds of objects that `argocd.patches` may change. */
const PATCHED_KINDS = ["Deployment", "StatefulSet", "Service"] as const;

const entry = z.union([z.string(), z.number(), z.boolean()]).register(rules, {
  expected: "a string, a number, true or false",
  fix: "A ConfigMap accepts nothing else: write a list or a map as a block of text, after |.",
});

const replicas = z
  .int()
  .min(1)
  .max(20)
  .register(rules, {
    expected: "a whole number from 1 to 20",
    fix: "Remove it for the number in Argo CD's release.",
  })
  .optional();

const toleration = fixedMap({
  key: nonEmptyText("the key of a taint", "Remove it to tolerate every taint with operator: Exists.").optional(),
  operator: choice(["Equal", "Exists"], "Remove it for Equal.").optional(),
  value: text({ expected: "the value of a taint", fix: "Write it in quotes." }).optional(),
  effect: choice(["NoSchedule", "PreferNoSchedule", "NoExecute"], "Remove it for every effect.").optional(),
});

const HOST = /^[a-z0-9][-a-z0-9.]*$/;

const proxyUrl = text(
  {
    expected: "the URL of a proxy without user and password, such as http://proxy.example:3128",
    fix: "A password would be readable in the pods: let the proxy accept the cluster by its addresses.",
  },
  (value) => {
    const url = parseUrl(value);
    return url !== null && /^https?:$/.test(url.protocol) && !url.username && !url.password;
  },
);

/** A self-signed certificate whose key nobody has. */
const EXAMPLE_CA = `-----BEGIN CERTIFICATE-----
MIIBfTCCASWgAwIBAgIUM+DuR/icoG4sPHWreWI7dekIs0swCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJdmFhcmFrIENBMCAXDTI2MTEyODAzMjUzMVoYDzIxMjYxMTA0
MDMyNTMxWjAUMRIwEAYDVQQDDAl2YWFyYWsgQ0EwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQcAE+RnpwUQF64tzliJ6evq4Ft6CEGiXfIwzprtmn7S+j5Ng7lmKIy
FoBQoxl8BfuxAEH3O/yfU0feJRVNA5l9o1MwUTAdBgNVHQ4EFgQU94NALnK9H9e+
0xkzMTSY8GzB60wwHwYDVR0jBBgwFoAU94NALnK9H9e+0xkzMTSY8GzB60wwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNGADBDAh9XcP6zvf5U2wXarPS5UUCe
XaKPfckruLmxgMbMfpZLAiApC/2NlPlhHBnZVE+VsNLp+3C9/s0d9PhU2PS2LB5f
+Q==
-----END CERTIFICATE-----
`;

/** What a stack may change of the release that it installs. */
export const argocdTuningArea = area({
  "argocd.version": {
    schema: nonEmptyText("a version of Argo CD", "Remove it for the version that this program is tested on."),
    doc:
      "The version of Argo CD. Only reviewed releases are accepted, whose checksums are in " +
      "`components/argocd/release.ts`. An older version than the one in the cluster is refused.",
    default: "the newest reviewed release",
    example: "3.6.1",
  },
  "argocd.size": {
    schema: choice(FLEET_SIZES, "small is for up to 400 Applications, medium for 1,000, large for 3,000."),
    doc:
      "The number of Applications that Argo CD is sized for: `small` up to 400, `medium` up to 1,000, `large` up to " +
      "3,000. It sets requests, limits and the controller's processors.",
    default: "small",
    example: "medium",
  },
  "argocd.replicas": {
    schema: fixedMap({ controller: replicas, repoServer: replicas, server: replicas }),
    doc:
      "The number of pods of the application `controller`, the `repoServer` and the `server`. More controllers share " +
      "out clusters, so they only help an Argo CD that manages several.",
    default: "the release's: one, and with high availability two of the repo-server and the server",
    example: { repoServer: 3, server: 3 },
  },
  "argocd.scheduling": {
    schema: fixedMap({
      nodeSelector: freeMap(
        "labels of nodes",
        text({ expected: "a string", fix: "The values of labels are strings: write them in quotes." }),
      ).optional(),
      tolerations: list(
        { expected: "a list of tolerations", fix: "Write it as lines of - key: <taint>, as in a pod." },
        toleration,
      ).optional(),
      priorityClass: nonEmptyText(
        "the name of a PriorityClass",
        "Remove it, or use one that the cluster has, such as system-cluster-critical.",
      ).optional(),
    }),
    doc:
      "The nodes on which Argo CD's pods run (`nodeSelector`, `tolerations`), and which pods they may displace " +
      "(`priorityClass`).",
    default: "any node, and no priority",
    example: {
      nodeSelector: { "node-role.example/platform": "true" },
      tolerations: [{ key: "platform", operator: "Exists", effect: "NoSchedule" }],
      priorityClass: "system-cluster-critical",
    },
  },
  "argocd.registry": {
    schema: fixedMap({
      mirror: text(
        {
          expected: "a registry's host and, if needed, a path, such as registry.example/platform",
          fix: "Write it without https:// and without a / at the end.",
        },
        (value) => /^[a-z0-9][-a-z0-9.]*(:\d+)?(\/[a-z0-9][-a-z0-9._]*)*$/.test(value),
      ).optional(),
      pullSecrets: list(
        { expected: "a list of names of Secrets", fix: "Write it as lines of - <secret>." },
        nonEmptyText("the name of a Secret in the namespace argocd", "It must have the type dockerconfigjson."),
      ).optional(),
    }),
    doc:
      "The registry from which the cluster pulls Argo CD's images. `mirror` replaces the registry's host in each " +
      "image: `quay.io/argoproj/argocd` becomes `<mirror>/argoproj/argocd`. " +
      "The policy pack accepts a mirror only if `registries` of its rule `argocd-is-the-pinned-release` names it.",
    default: "the registries of the release, without a pull secret",
    example: { mirror: "registry.example/platform", pullSecrets: ["registry-pull"] },
  },
  "argocd.certificates": {
    schema: freeMap(
      "host names of Git servers, Helm repositories and registries",
      text(
        {
          expected: "certificates in PEM format that parse",
          fix: "Set the CA bundle: pulumi config set --path 'argocd.certificates[\"git.example\"]' < ca.pem",
        },
        isCertificateBundle,
      ),
    )
      .refine(
        (byHost) => Object.keys(byHost).every((host) => HOST.test(host)),
        check({
          expected: "host names as keys, without https://, port and path",
          fix: "Argo CD looks up a certificate by the host name in the repository's URL.",
        }),
      )
      .register(rules, {
        expected: "a map with host names as keys",
        fix: "Write it as <host>: | with the certificates in PEM format below.",
      }),
    doc:
      "The CA certificates, in PEM format, with which Argo CD verifies a server of its own CA, by host name " +
      "(`argocd-tls-certs-cm`).",
    default: "the CAs of Argo CD's image",
    example: { "git.vaarak.example": EXAMPLE_CA },
  },
  "argocd.proxy": {
    schema: fixedMap({
      http: proxyUrl.optional(),
      https: proxyUrl.optional(),
      noProxy: list(
        { expected: "a list of hosts, domains and CIDRs", fix: "Write it as lines of - <host>." },
        nonEmptyText("a host, a domain such as .example, or a CIDR", "Remove the empty line."),
      ).optional(),
    }),
    doc:
      "The proxy through which Argo CD's processes reach Git, charts and GitHub (`http`, `https`). The cluster's own " +
      "addresses and the hosts in `noProxy` are reached directly.",
    default: "no proxy",
    example: { https: "http://proxy.vaarak.example:3128", noProxy: ["git.vaarak.example"] },
  },
  "argocd.settings": {
    schema: freeMap("entries of argocd-cm", entry),
    doc:
      "Entries of `argocd-cm` that this program has no setting for. " +
      "Refused: an entry that the installed version does not read, one that the program sets itself, and one that " +
      "would break a promise of the platform, such as `exec.enabled`. An entry replaces the release's own.",
    example: { "ui.bannercontent": "This is production.", "users.session.duration": "8h" },
  },
  "argocd.rbac": {
    schema: freeMap("entries of argocd-rbac-cm", entry),
    doc:
      "Entries of `argocd-rbac-cm` beside the program's own: `policy.<name>.csv` with policies and groups, and " +
      "`policy.matchMode`. Nobody gets a role by default, and nobody a shell in a container.",
    example: { "policy.support.csv": "p, role:support, applications, get, */*, allow\ng, support, role:support\n" },
  },
  "argocd.patches": {
    schema: list(
      { expected: "a list of patches", fix: "Write each as - kind: Deployment, with name and patch." },
      fixedMap({
        kind: choice(PATCHED_KINDS, "Other objects have settings, such as argocd.settings, or cannot be changed."),
        name: nonEmptyText("the name of that object", "For example argocd-repo-server."),
        patch: z.record(z.string(), z.unknown()).register(rules, {
          expected: "a map with the fields to change, as in the object",
          fix: "Write it as in the object: spec: and so on. null removes a field.",
        }),
      }),
    ),
    doc:
      "Changes of single Deployments, StatefulSets and Services of Argo CD's installation, as strategic merge " +
      "patches: maps are merged, `null` removes a field, containers and variables are found by name, and other " +
      "lists are replaced. Use a patch only where there is no setting. Only fields that can break no promise of " +
      "the platform are accepted ([the list](operating.md#tune-argo-cd)), and the policy pack judges the result.",
    example: [
      {
        kind: "Deployment",
        name: "argocd-repo-server",
        patch: {
          spec: {
            template: {
              spec: {
                containers: [{ name: "argocd-repo-server", env: [{ name: "ARGOCD_EXEC_TIMEOUT", value: "3m" }] }],
              },
            },
          },
        },
      },
    ],
  },
});

/** Where Argo CD's pods run. */
export interface Scheduling {
  readonly nodeSelector?: Readonly<Record<string, string>> | undefined;
  readonly tolerations?: readonly Toleration[] | undefined;
  /** The name of a PriorityClass. */
  readonly priorityClass?: string | undefined;
}

/** A taint of nodes on which pods may run nevertheless. */
export interface Toleration {
  /** Unset, with the operator Exists: every taint. */
  readonly key?: string | undefined;
  /** Default: Equal. */
  readonly operator?: "Equal" | "Exists" | undefined;
  readonly value?: string | undefined;
  /** Unset: every effect. */
  readonly effect?: "NoSchedule" | "PreferNoSchedule" | "NoExecute" | undefined;
}

/** A strategic merge patch of one object. */
export interface Patch {
  readonly kind: (typeof PATCHED_KINDS)[number];
  readonly name: string;
  readonly patch: Readonly<Record<string, unknown>>;
}

/** What a stack changes of Argo CD's installation, beside the program's own settings. */
export interface ArgocdTuning {
  readonly size: FleetSize;
  /** Unset: the release's own number. */
  readonly replicas: {
    readonly controller?: number | undefined;
    readonly repoServer?: number | undefined;
    readonly server?: number | undefined;
  };
  readonly scheduling: Scheduling;
  readonly registry: { readonly mirror?: string | undefined; readonly pullSecrets?: readonly string[] | undefined };
  /** CA certificates in PEM format, by host name. */
  readonly certificates: Readonly<Record<string, string>>;
  /** Unset: no proxy. */
  readonly proxy?: Proxy | undefined;
  /** Entries of argocd-cm. */
  readonly settings: Readonly<Record<string, string>>;
  /** Entries of argocd-rbac-cm. */
  readonly rbac: Readonly<Record<string, string>>;
  readonly patches: readonly Patch[];
}

/** The proxy of Argo CD's processes. */
export interface Proxy {
  readonly http?: string | undefined;
  readonly https?: string | undefined;
  /** Hosts, domains and CIDRs that are reached directly, beside the cluster's own addresses. */
  readonly noProxy?: readonly string[] | undefined;
}

/** The version of Argo CD that a configuration asks for. */
export function argocdVersion({ argocd }: ConfigurationOf<typeof argocdTuningArea>): string {
  return argocd?.version ?? supported.argocd;
}

/** The tuning from a checked configuration. */
export function argocdTuning({ argocd = {} }: ConfigurationOf<typeof argocdTuningArea>): ArgocdTuning {
  return {
    size: argocd.size ?? "small",
    replicas: argocd.replicas ?? {},
    scheduling: argocd.scheduling ?? {},
    registry: argocd.registry ?? {},
    certificates: argocd.certificates ?? {},
    ...(argocd.proxy && { proxy: argocd.proxy }),
    settings: texts(argocd.settings),
    rbac: texts(argocd.rbac),
    patches: argocd.patches ?? [],
  };
}

/** A ConfigMap holds only strings. */
export function texts(entries: Readonly<Record<string, string | number | boolean>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(entries).map(([name, value]) => [name, String(value)]));
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Whether a text consists of one or more certificates in PEM format. */
function isCertificateBundle(bundle: string): boolean {
  const certificates = bundle.match(CERTIFICATE) ?? [];
  // Argo CD ignores everything outside of the blocks, so a damaged block would go unnoticed.
  if (certificates.length === 0 || bundle.replace(CERTIFICATE, "").includes("-----")) return false;
  return certificates.every((pem) => {
    try {
      return new X509Certificate(pem).raw.length > 0;
    } catch {
      return false;
    }
  });
}
