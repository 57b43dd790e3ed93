import { RULES_PATH } from "@gitops-platform/contract/paths";
import { at, fields, type RenderedObject } from "./objects";

/** An annotation that an object may not have. */
export interface RefusedAnnotation {
  /** Complete sentences, without the value, which may be a secret. */
  readonly message: string;
  readonly value: unknown;
}

/**
 * Finds the annotations of an object by which a controller could give it other services' hosts or change its own
 * configuration. Controllers know hundreds of annotations, and new ones come with each version. So the objects that
 * controllers of routes read may have only those that are known to be harmless, or that the platform team permits.
 * @param permitted The names in `hosts.annotations` of the rules.
 */
export function refusedAnnotations(
  { kind = "", metadata, spec }: RenderedObject,
  permitted: readonly string[],
): RefusedAnnotation[] {
  const isRefused = ROUTES.has(kind) ? (key: string) => !HARMLESS.test(key) : (key: string) => TAKES_MORE.test(key);
  return [
    ...entriesAt("metadata", metadata),
    // A controller of DNS reads those of pods too.
    ...entriesAt("spec.template.metadata", at(spec, "template", "metadata")),
    ...entriesAt("spec.jobTemplate.spec.template.metadata", at(spec, "jobTemplate", "spec", "template", "metadata")),
  ]
    .filter(({ key }) => isRefused(key) && !permitted.includes(key))
    .map(({ path, key, value }) => {
      const rule = "none that could take other services' hosts, or add configuration";
      const line = `- ${key} below hosts.annotations`;
      const way = `Remove it; where it has to be, the platform team allows it in ${RULES_PATH}: ${line}.`;
      const message = `${path}.annotations["${key}"]: got a value; expected ${rule}. ${way}`;
      return { message, value };
    });
}

function entriesAt(path: string, metadata: unknown) {
  return Object.entries(fields(at(metadata, "annotations"))).map(([key, value]) => ({ path, key, value }));
}

/** The kinds that controllers of ingresses, gateways, certificates, DNS and load balancers read. */
const ROUTES: ReadonlySet<string> = new Set(["Ingress", "HTTPRoute", "GRPCRoute", "Service"]);

/** The names that are harmless below each prefix. A name is left out if its value gets into a configuration as text. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  // Judged as annotations of all kinds, in project-limits.ts.
  "argocd.argoproj.io": ["[a-z-]+"],
  "helm.sh": ["[a-z-]+"],
  "kubernetes.io": ["description", "ingress\\.class"],
  "service.kubernetes.io": ["topology-mode"],
  "prometheus.io": ["scrape", "scheme", "path", "port"],
  "external-dns.alpha.kubernetes.io": ["ttl"],
  // https://cert-manager.io/docs/reference/annotations/
  "cert-manager.io": [
    "(cluster-)?issuer",
    "issuer-(kind|group)",
    "duration",
    "renew-before",
    "private-key-(algorithm|encoding|size|rotation-policy)",
    "revision-history-limit",
  ],
  // https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/
  "nginx.ingress.kubernetes.io": [
    "(client|proxy)-body-size",
    "client-body-buffer-size",
    "proxy-(connect|read|send)-timeout",
    "proxy-next-upstream(-timeout|-tries)?",
    "proxy-(request-)?buffering",
    "proxy-(buffer-size|buffers-number|busy-buffers-size|max-temp-file-size|http-version)",
    "backend-protocol",
    "(force-)?ssl-redirect",
    "preserve-trailing-slash",
    "limit-(connections|rps|rpm|burst-multiplier|rate|rate-after|whitelist)",
    "(whitelist|allowlist|denylist)-source-range",
    "enable-cors",
    "cors-(allow-(origin|methods|headers|credentials)|expose-headers|max-age)",
    "affinity(-mode)?",
    "session-cookie-(name|path|samesite|secure|expires|max-age|change-on-failure|conditional-samesite-none)",
    "service-upstream",
  ],
  // https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/
  "alb.ingress.kubernetes.io": [
    "healthcheck-(path|protocol|interval-seconds|timeout-seconds)",
    "(un)?healthy-threshold-count",
    "success-codes",
    "target-type",
    "backend-protocol(-version)?",
  ],
};

const HARMLESS = new RegExp(
  `^(${Object.entries(NAMES)
    .map(([prefix, names]) => `${prefix.replaceAll(".", "\\.")}/(${names.join("|")})`)
    .join("|")})$`,
);

/**
 * Annotations of other kinds by which a DNS or ingress controller serves further hosts, or inserts text into its
 * configuration. https://kubernetes-sigs.github.io/external-dns/latest/docs/annotations/annotations/
 */
const TAKES_MORE =
  /^external-dns\.alpha\.kubernetes\.io\/(hostname|internal-hostname|ingress-hostname-source|target)$|\/(server-alias|upstream-vhost|[a-z-]*snippets?|[a-z-]*config-backend)$/;
