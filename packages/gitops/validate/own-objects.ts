import { groupOf } from "@gitops-platform/clients/kubernetes/object";
import { formatValue, isMap } from "@gitops-platform/contract/values/plain";
import { type Image, imageName } from "@gitops-platform/contract/values/image";
import { containersOf, type PodSpec } from "@gitops-platform/policy/pods";
import type { Exception } from "@gitops-platform/rules/exceptions";
import { movingProblem, type TagRules } from "@gitops-platform/rules/tags";
import { at, type RenderedObject, isOwn, podOf } from "./objects";

/** What the objects of a service with another source must be. The service chart's templates see to it themselves. */
export interface OwnObjectRules {
  readonly service: string;
  /** The service's image; undefined if it cannot be read, which other checks report. */
  readonly image: Image | undefined;
  readonly tags: TagRules;
  readonly allowed: (exception: Exception) => boolean;
}

/**
 * Finds in an object what the service chart does not render either: what belongs to other services of the namespace,
 * pods that may do more than the chart's, and images that could be another build tomorrow. Each result has the form
 * `key: got value; expected rule. How to fix it.`
 */
export function ownObjectProblems(object: RenderedObject, rules: OwnObjectRules): string[] {
  const pod = podOf(object);
  return [...belongingProblems(object, rules.service), ...(pod ? podProblems(pod, rules) : [])];
}

/** Why no bump would change what runs; undefined if the service's image is in its objects. */
export function unusedImage(objects: readonly RenderedObject[], { image }: OwnObjectRules): string | undefined {
  if (!image) return undefined;
  const name = imageName(image);
  if (objects.some((object) => containersOf(podOf(object) ?? {}).some((container) => container.image === name))) {
    return undefined;
  }
  const fix =
    "Correct source in the service's declaration, or use the image's repository, tag and digest in the chart.";
  return `containers: got none with the image ${name}; expected one: a bump would change nothing that runs. ${fix}`;
}

const INSTANCE = "app.kubernetes.io/instance";

function belongingProblems(object: RenderedObject, service: string): string[] {
  const { apiVersion = "", kind = "", metadata = {}, spec } = object;
  const group = groupOf(apiVersion);
  const name = isOwn(metadata.name, service)
    ? []
    : [`metadata.name: got ${formatValue(metadata.name)}; expected ${service}, or ${service}- and more. Rename it.`];
  const labels = at(spec, ...(kind === "CronJob" ? ["jobTemplate", "spec"] : []), "template", "metadata", "labels");
  const target = at(spec, "scaleTargetRef", "name");
  const instance = isMap(labels) ? (labels[INSTANCE] ?? service) : service;
  return [
    ...name,
    ...(instance === service
      ? []
      : [`the pods' label ${INSTANCE}: got ${formatValue(instance)}; expected ${service}. Write it so.`]),
    ...(group === "networking.k8s.io" && kind === "NetworkPolicy"
      ? selectorProblems("podSelector", spec, service)
      : []),
    ...(group === "policy" && kind === "PodDisruptionBudget" ? selectorProblems("selector", spec, service) : []),
    ...(kind === "HorizontalPodAutoscaler" && !isOwn(target, service)
      ? [
          `spec.scaleTargetRef.name: got ${formatValue(target)}; expected a workload of the service, ${service}, or ` +
            `${service}- and more. Name it.`,
        ]
      : []),
  ];
}

function selectorProblems(key: string, spec: unknown, service: string): string[] {
  const selected = at(spec, key, "matchLabels", INSTANCE);
  if (selected === service) return [];
  return [
    `spec.${key}.matchLabels["${INSTANCE}"]: got ${formatValue(selected)}; expected ${service}, because others' pods ` +
      "may be there too. Write it so.",
  ];
}

/** What a volume may be. The others are on the node or on a server that the service's policy does not name. */
const VOLUMES = ["configMap", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];

/** Fields with which a pod chooses its node, its priority or its runtime. */
const PLACES = [
  ...(["nodeName", "priorityClassName", "tolerations", "runtimeClassName", "schedulerName"] as const),
  // The old name of serviceAccountName, which the API server would read too.
  "serviceAccount",
] as const;

const PORTS = "net.ipv4.ip_unprivileged_port_start";

function podProblems(pod: PodSpec, { service, image, tags, allowed }: OwnObjectRules): string[] {
  const fields = pod as Readonly<Record<string, unknown>>;
  const volumes = (pod.volumes ?? []).flatMap((volume) => Object.keys(volume).map((key) => ({ key, volume })));
  const account = fields.serviceAccountName ?? service;
  const sysctls = at(pod, "securityContext", "sysctls");
  const isPort = (each: unknown) => at(each, "name") === PORTS && allowed("privilegedPort");
  return [
    ...PLACES.filter((key) => fields[key] !== undefined).map((key) => {
      return `${key}: got ${formatValue(fields[key])}; expected nothing, as the service chart has it. Remove it.`;
    }),
    ...volumes
      // A rule of its own judges these.
      .filter(({ key }) => key !== "name" && key !== "hostPath" && !VOLUMES.includes(key))
      .map(({ key, volume: { name = "" } }) => {
        return `volume ${name}: got ${key}; expected one of ${VOLUMES.join(", ")}. Use one of them.`;
      }),
    ...(isOwn(account, service) || account === "default"
      ? []
      : [`serviceAccountName: got ${formatValue(account)}; expected one of the service. Name its own.`]),
    ...(sysctls === undefined || (Array.isArray(sysctls) && sysctls.every(isPort))
      ? []
      : [`securityContext.sysctls: got some; expected none. ${exceptionWay(service, "privilegedPort")}`]),
    ...containersOf(pod).flatMap((container) => {
      const { name = "", securityContext } = container;
      const user = securityContext?.runAsUser ?? pod.securityContext?.runAsUser;
      const readOnly = at(securityContext, "readOnlyRootFilesystem");
      return [
        ...(user === USER || allowed("runAsUser")
          ? []
          : [`runAsUser: got ${formatValue(user)}; expected ${USER}. ${exceptionWay(service, "runAsUser")}`]),
        ...(readOnly === true || allowed("writableRoot")
          ? []
          : [
              `readOnlyRootFilesystem: got ${formatValue(readOnly)}; expected true. ` +
                exceptionWay(service, "writableRoot"),
            ]),
        ...imageProblems(container.image, image, tags),
      ].map((problem) => `container ${name}: ${problem}`);
    }),
  ];
}

/** The user of the service chart's pods. */
const USER = 65532;

function exceptionWay(service: string, exception: Exception): string {
  const line = `- { service: ${service}, exception: ${exception}, reason: … }`;
  return `Write it so; where it has to be, the platform team allows it in gitops.yaml: ${line} below exceptions.`;
}

/** The service's own image is judged where its file says it. */
function imageProblems(name: unknown, own: Image | undefined, tags: TagRules): string[] {
  if (own && name === imageName(own)) return [];
  const [, tag = "latest", digest] = /^[^@]*?(?::([^/:@]*))?(?:@(.*))?$/.exec(String(name)) ?? [];
  const problem = typeof name === "string" ? movingProblem({ tag, digest }, tags) : "image: got none; expected one.";
  return problem === undefined ? [] : [`image ${formatValue(name)}: ${problem}`];
}
