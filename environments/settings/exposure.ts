import { fixedMap, freeMap, nonEmptyText, text } from "./values";

// What the address and the webhook endpoint have in common: an Ingress or a Gateway where TLS ends.

// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
/** A host name of Argo CD. */
export const hostName = text(
  {
    expected: "a host name: lower-case letters, digits, hyphens and dots",
    fix: "Write it without https:// and without a path.",
  },
  (name) =>
    name.length <= 253 && /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)+$/.test(name),
);

/** The keys of an Ingress. */
export const ingressKeys = {
  className: nonEmptyText("the name of an IngressClass", "Remove it for the cluster's default.").optional(),
  tlsSecret: nonEmptyText(
    "the name of a Secret with the certificate",
    "Browsers and GitHub require a trusted certificate.",
  ),
  annotations: freeMap(
    "annotation names",
    text({ expected: "a string", fix: "Annotations can only be strings." }),
  ).optional(),
};

/** A Gateway's listener. */
export const gatewayMap = fixedMap({
  name: nonEmptyText("the name of a Gateway", "Set a Gateway that is reached from outside."),
  namespace: nonEmptyText("the Gateway's namespace", "Set the namespace of the Gateway."),
  listener: nonEmptyText(
    "the name of one of its HTTPS listeners",
    "Browsers and GitHub require a trusted certificate.",
  ),
});

/** The settings of the Ingress. */
export interface IngressExposure {
  /** Unset: the cluster's default class. */
  readonly className?: string | undefined;
  /** The Secret in Argo CD's namespace that holds the certificate. */
  readonly tlsSecret: string;
  /**
   * Annotations for the Ingress controller. With argocd-server's own TLS (the default without `argocd.address`) it must
   * connect by HTTPS, for example with `nginx.ingress.kubernetes.io/backend-protocol: HTTPS`.
   */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** A TLS-terminating listener of a Gateway that accepts routes from Argo CD's namespace. */
export interface GatewayExposure {
  readonly name: string;
  readonly namespace: string;
  readonly listener: string;
}
