import type { PodSecurity } from "@gitops-platform/environments/environment";
import { formatValue } from "@gitops-platform/contract/values/plain";
import { containersOf, type PodSpec } from "@gitops-platform/policy/pods";
import { at, fields } from "./objects";

const PROFILED = ["RuntimeDefault", "Localhost"];

/** What the level `baseline` accepts in a security context, by the path of the field, besides its absence. */
const BASELINE: readonly (readonly [path: readonly string[], accepted: readonly unknown[]])[] = [
  [["procMount"], ["Default"]],
  [["seccompProfile", "type"], PROFILED],
  [["appArmorProfile", "type"], PROFILED],
  [
    ["seLinuxOptions", "type"],
    ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"],
  ],
  [["seLinuxOptions", "user"], [""]],
  [["seLinuxOptions", "role"], [""]],
  [["windowsOptions", "hostProcess"], [false]],
];

/** Where a kubelet sends a request, possibly to another host than the pod. */
const REQUESTS = [
  ["livenessProbe"],
  ["readinessProbe"],
  ["startupProbe"],
  ["lifecycle", "postStart"],
  ["lifecycle", "preStop"],
];

/** The annotations that name a container's AppArmor profile, also in new versions, and the values for them. */
const APPARMOR = "container.apparmor.security.beta.kubernetes.io/";
const APPARMOR_PROFILE = /^(|runtime\/default|localhost\/.*)$/;

/**
 * Finds what a namespace with a Pod Security level would refuse and no other check finds: the workload would be Synced
 * and have no pods. Each result has the form `key: got value; expected rule.`
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/
 * @param annotations Those of the pod.
 */
export function podSecurityProblems(
  pod: PodSpec,
  level: PodSecurity,
  annotations: Readonly<Record<string, unknown>>,
): string[] {
  const why = `by the Pod Security level ${level}`;
  const containers = containersOf(pod).map((each) => ({ at: `container ${each.name ?? ""}: `, of: each }));
  return [
    ...[{ at: "", of: pod }, ...containers].flatMap(({ at: place, of }) =>
      [...contextProblems(fields(of.securityContext)), ...hostProblems(of)].map((each) => `${place}${each}, ${why}.`),
    ),
    ...unconfinedByAnnotation(annotations).map((each) => `${each}, ${why}.`),
    ...(level === "restricted"
      ? [...rootByDefault(pod), ...withoutSeccomp(pod)].map((each) => `${each}, ${why}.`)
      : []),
  ];
}

function unconfinedByAnnotation(annotations: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(annotations)
    .filter(([key, value]) => key.startsWith(APPARMOR) && !APPARMOR_PROFILE.test(String(value)))
    .map(([key, value]) => {
      return `annotations["${key}"]: got ${formatValue(value)}; expected runtime/default or localhost/<profile>`;
    });
}

/** What the pod says for its containers. It is refused even if each of them says something else. */
function rootByDefault({ securityContext = {} }: PodSpec): string[] {
  const { runAsNonRoot, runAsUser } = securityContext;
  return [
    ...(runAsNonRoot === false ? ["securityContext.runAsNonRoot: got false; expected true or nothing"] : []),
    ...(runAsUser === 0 ? ["securityContext.runAsUser: got 0; expected another user or nothing"] : []),
  ];
}

function contextProblems(context: Readonly<Record<string, unknown>>): string[] {
  return BASELINE.flatMap(([path, accepted]) => {
    const got = at(context, ...path);
    if (got === undefined || accepted.includes(got)) return [];
    const others = accepted.filter((each) => each !== "" && each !== false);
    const expected = others.length === 0 ? "nothing" : others.join(" or ");
    return [`securityContext.${path.join(".")}: got ${formatValue(got)}; expected ${expected}`];
  });
}

function hostProblems(container: object): string[] {
  return REQUESTS.flatMap((path) =>
    ["httpGet", "tcpSocket"].flatMap((kind) => {
      const host = at(container, ...path, kind, "host");
      if (host === undefined || host === "") return [];
      return [`${path.join(".")}.${kind}.host: got ${formatValue(host)}; expected none, the pod's own address`];
    }),
  );
}

/** The containers without a seccomp profile of their own or of the pod. Other profiles are found above. */
function withoutSeccomp(pod: PodSpec): string[] {
  const ofPod = at(pod.securityContext, "seccompProfile", "type");
  return containersOf(pod)
    .filter(({ securityContext }) => (at(securityContext, "seccompProfile", "type") ?? ofPod) === undefined)
    .map(({ name = "" }) => `container ${name}: seccompProfile.type: got nothing; expected ${PROFILED.join(" or ")}`);
}
