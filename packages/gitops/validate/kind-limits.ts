import { formatValue } from "@gitops-platform/contract/values/plain";
import { apiRightProblems } from "./api-rights";
import { type RenderedObject, fields, isOwn, list } from "./objects";

/**
 * The limits on the content of some kinds. Without them, a service could get the traffic of others, or they its own.
 */
const BY_KIND: Readonly<Partial<Record<string, (spec: Fields, service: string) => string[]>>> = {
  Service: serviceProblems,
  Ingress: ingressProblems,
  HTTPRoute: routeProblems,
  GRPCRoute: routeProblems,
  ServiceMonitor: monitorProblems,
  ExternalSecret: externalSecretProblems,
};

type Fields = Readonly<Record<string, unknown>>;

/** Finds what an object says that its kind may not say here, each as `key: got value; expected rule.` */
export function kindProblems(object: RenderedObject, service: string, namespace: string): string[] {
  const { kind = "", spec } = object;
  return BY_KIND[kind]?.(fields(spec), service) ?? apiRightProblems(object, service, namespace);
}

function serviceProblems({ externalIPs, type = "ClusterIP", selector }: Fields, service: string): string[] {
  const isOfOthers = selector !== undefined && fields(selector)["app.kubernetes.io/instance"] !== service;
  return [
    ...(isOfOthers
      ? [`spec.selector: got ${formatValue(selector)}; expected the service's instance: the pods may be others'.`]
      : []),
    ...(externalIPs === undefined
      ? []
      : [`spec.externalIPs: got ${JSON.stringify(externalIPs)}; expected none: they intercept other pods' traffic.`]),
    ...(type === "ExternalName" || type === "NodePort"
      ? [
          `spec.type: got ${JSON.stringify(type)}; expected ClusterIP: ` +
            "others would bypass the service's network policy.",
        ]
      : []),
  ];
}

function ingressProblems(spec: Fields, service: string): string[] {
  const rules = list(spec.rules).map(fields);
  const hosts = rules.map(({ host }) => host);
  const backends = rules.flatMap(({ http }) => list(fields(http).paths).map((path) => fields(fields(path).backend)));
  const tls = list(spec.tls).flatMap((each) => list(fields(each).hosts));
  return [
    ...(spec.defaultBackend === undefined
      ? []
      : ["spec.defaultBackend: got one; expected none: it takes the requests for all hosts that no rule has."]),
    ...hosts.flatMap((host, index) => hostProblems(`spec.rules[${index}].host`, host)),
    ...tls
      .filter((host) => !hosts.includes(host))
      .map((host) => `spec.tls.hosts: got ${formatValue(host)}; expected only hosts of its rules.`),
    ...backends
      .filter((backend) => backend.resource !== undefined || !isOwn(fields(backend.service).name, service))
      .map((backend) => backendProblem("spec.rules.http.paths.backend", fields(backend.service).name, service)),
  ];
}

function routeProblems(spec: Fields, service: string): string[] {
  const hosts = list(spec.hostnames);
  const rules = list(spec.rules).map(fields);
  const backends = rules.flatMap(({ backendRefs }) => list(backendRefs).map(fields));
  return [
    ...(hosts.length > 0 ? [] : ["spec.hostnames: got none; expected its hosts: it would take all of the Gateway's."]),
    ...hosts.flatMap((host, index) => hostProblems(`spec.hostnames[${index}]`, host)),
    ...(rules.some(({ filters }) => filters !== undefined) || backends.some(({ filters }) => filters !== undefined)
      ? ["spec.rules.filters: got some; expected none: they send requests elsewhere, or change them."]
      : []),
    ...backends
      .filter(({ group = "", kind = "Service", namespace, name }) => {
        return group !== "" || kind !== "Service" || namespace !== undefined || !isOwn(name, service);
      })
      .map(({ name }) => backendProblem("spec.rules.backendRefs", name, service)),
  ];
}

/** A host name in lower case, which no other host's name covers. */
const HOST = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/;

function hostProblems(key: string, host: unknown): string[] {
  if (typeof host === "string" && HOST.test(host)) return [];
  return [`${key}: got ${formatValue(host)}; expected a full host name, without *: it would take others' hosts.`];
}

function backendProblem(key: string, name: unknown, service: string): string {
  const expected = `the Service ${service}, or one whose name begins with ${service}-`;
  return `${key}: got ${formatValue(name)}; expected ${expected}.`;
}

/** The fields of a ServiceMonitor's endpoints that only say where metrics are. Others send Prometheus's credentials. */
const ENDPOINT = ["port", "path", "interval", "scrapeTimeout"];

function monitorProblems(spec: Fields, service: string): string[] {
  const { matchLabels, matchExpressions } = fields(spec.selector);
  const instance = fields(matchLabels)["app.kubernetes.io/instance"];
  const others = list(spec.endpoints).flatMap((each) =>
    Object.keys(fields(each)).filter((key) => !ENDPOINT.includes(key)),
  );
  const unknown = Object.keys(spec).filter((key) => !["selector", "endpoints", "namespaceSelector"].includes(key));
  return [
    ...(spec.namespaceSelector === undefined
      ? []
      : ["spec.namespaceSelector: got one; expected none, which selects the service's own namespace."]),
    ...(instance === service && matchExpressions === undefined
      ? []
      : [`spec.selector: got ${formatValue(spec.selector)}; expected matchLabels with the service's instance.`]),
    ...others.map((key) => `spec.endpoints.${key}: got a value; expected only ${ENDPOINT.join(", ")}.`),
    ...unknown.map((key) => `spec.${key}: got a value; expected only selector and endpoints.`),
  ];
}

const SECRET_FIELDS = ["secretStoreRef", "refreshInterval", "target", "data"];
const TARGET_FIELDS = ["name", "creationPolicy", "deletionPolicy"];
const DATA_FIELDS = ["secretKey", "remoteRef"];

/** A service reads only what is below its own name, into Secrets with its own name. */
function externalSecretProblems(spec: Fields, service: string): string[] {
  const target = fields(spec.target);
  const data = list(spec.data).map(fields);
  const keys = data.map(({ remoteRef }) => fields(remoteRef).key);
  const unknown = [
    ...Object.keys(spec).filter((key) => !SECRET_FIELDS.includes(key)),
    ...Object.keys(target)
      .filter((key) => !TARGET_FIELDS.includes(key))
      .map((key) => `target.${key}`),
    ...data.flatMap((each) =>
      Object.keys(each)
        .filter((key) => !DATA_FIELDS.includes(key))
        .map((key) => `data.${key}`),
    ),
  ];
  return [
    ...unknown.map((key) => `spec.${key}: got a value; expected none: single keys, named one by one, are read.`),
    ...(isOwn(target.name, service)
      ? []
      : [`spec.target.name: got ${formatValue(target.name)}; expected a name that begins with ${service}-.`]),
    ...keys
      .filter((key) => typeof key !== "string" || !key.startsWith(`${service}/`) || /(^|\/)\.\.?(\/|$)/.test(key))
      .map((key) => `spec.data.remoteRef.key: got ${formatValue(key)}; expected a path below ${service}/.`),
  ];
}
