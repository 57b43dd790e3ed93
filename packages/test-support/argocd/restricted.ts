import type { Manifest } from "@gitops-platform/components/kubernetes-object";

interface Security {
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly seccompProfile?: { readonly type?: string };
  readonly allowPrivilegeEscalation?: boolean;
  readonly privileged?: boolean;
  readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] };
}

interface Container {
  readonly name: string;
  readonly securityContext?: Security;
  readonly ports?: readonly { readonly hostPort?: number }[];
}

interface Pod {
  readonly securityContext?: Security;
  readonly volumes?: readonly Readonly<Record<string, unknown>>[];
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
}

const VOLUMES = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
];

/**
 * What keeps a workload's pods from a namespace that enforces Pod Security's level `restricted`.
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export function restrictedProblems(object: Manifest): string[] {
  const pod = (object as { spec?: { template?: { spec?: Pod } } }).spec?.template?.spec;
  if (!pod) return [];
  const name = object.metadata?.name ?? "";
  const onNode = pod.hostNetwork === true || pod.hostPID === true || pod.hostIPC === true;
  const volumes = (pod.volumes ?? []).flatMap((volume) => Object.keys(volume).filter((key) => key !== "name"));
  return [
    ...(onNode ? [`${name}: shares a namespace of the node`] : []),
    ...volumes.filter((type) => !VOLUMES.includes(type)).map((type) => `${name}: volume ${type}`),
    ...[...(pod.initContainers ?? []), ...pod.containers].flatMap((container) =>
      containerProblems(pod, container).map((problem) => `${name}/${container.name}: ${problem}`),
    ),
  ];
}

function containerProblems(pod: Pod, { securityContext: own = {}, ports = [] }: Container): string[] {
  const { seccompProfile, runAsNonRoot, runAsUser } = { ...pod.securityContext, ...own };
  return [
    ...(["RuntimeDefault", "Localhost"].includes(seccompProfile?.type ?? "") ? [] : ["seccompProfile"]),
    ...(runAsNonRoot === true && runAsUser !== 0 ? [] : ["runAsNonRoot"]),
    ...(own.allowPrivilegeEscalation === false && own.privileged !== true ? [] : ["allowPrivilegeEscalation"]),
    ...(own.capabilities?.drop?.includes("ALL") ? [] : ["capabilities.drop"]),
    ...(own.capabilities?.add ?? []).filter((capability) => capability !== "NET_BIND_SERVICE"),
    ...ports.filter(({ hostPort }) => hostPort !== undefined).map(() => "hostPort"),
  ];
}
