/** A kind of objects, all of them of a namespace. */
export interface Kind {
  /** The API group; "" for the core group. */
  readonly group: string;
  readonly kind: string;
}

/** The kinds that a service may have: its AppProject permits these, and `gitops validate` refuses all others. */
export interface Profile {
  /** The name, as a declaration has it. */
  readonly name: string;
  /** What services have it for, as a phrase. */
  readonly purpose: string;
  /** No wildcards, and no kinds of the cluster. */
  readonly kinds: readonly Kind[];
}

/** The profile of a service whose declaration names none. */
export const DEFAULT_PROFILE = "service";

/** The kinds that the service chart renders. `validate` limits the content of those that could reach other services. */
const SERVICE_KINDS: readonly Kind[] = [
  { group: "", kind: "ConfigMap" },
  { group: "", kind: "Service" },
  { group: "", kind: "ServiceAccount" },
  { group: "apps", kind: "Deployment" },
  { group: "apps", kind: "StatefulSet" },
  { group: "autoscaling", kind: "HorizontalPodAutoscaler" },
  { group: "batch", kind: "CronJob" },
  { group: "batch", kind: "Job" },
  { group: "external-secrets.io", kind: "ExternalSecret" },
  { group: "gateway.networking.k8s.io", kind: "GRPCRoute" },
  { group: "gateway.networking.k8s.io", kind: "HTTPRoute" },
  { group: "monitoring.coreos.com", kind: "ServiceMonitor" },
  { group: "networking.k8s.io", kind: "Ingress" },
  { group: "networking.k8s.io", kind: "NetworkPolicy" },
  { group: "policy", kind: "PodDisruptionBudget" },
];

/**
 * Rights in the API server. Argo CD may grant every right, so a Role could read Secrets or run pods, and a RoleBinding
 * could give people or other namespaces these rights, or the cluster's role `admin`. So `validate` accepts only the
 * rights of packages/gitops/validate/api-rights.ts, for the service's own accounts.
 */
const API_RIGHTS: readonly Kind[] = [
  { group: "rbac.authorization.k8s.io", kind: "Role" },
  { group: "rbac.authorization.k8s.io", kind: "RoleBinding" },
];

/**
 * All profiles, the default one first. Before a kind is added, its line says what somebody could do with it who gets a
 * file past `validate`: the guard permits every profile to every service of the catalogue. These stay out:
 *
 * - Secret: its content would be in Git. ExternalSecret names one instead.
 * - PersistentVolumeClaim: Argo CD would delete the data with the object. A StatefulSet's claims outlive it.
 * - PrometheusRule: its expressions read all metrics of the cluster, and its series can replace those of others.
 * - Certificate: it could be for another service's host. An Ingress gets one by its annotation, for its own hosts.
 * - DaemonSet: it takes a part of every node. Namespace, LimitRange, ResourceQuota: they confine the service.
 * - Application, AppProject: they are Argo CD's own rights.
 */
export const PROFILES: readonly [Profile, ...Profile[]] = [
  { name: DEFAULT_PROFILE, purpose: "what the service chart renders", kinds: SERVICE_KINDS },
  {
    name: "kubernetes-client",
    purpose: "a service that elects a leader, or finds its pods, by the Kubernetes API of its namespace",
    kinds: [...SERVICE_KINDS, ...API_RIGHTS],
  },
];

/** The names of all profiles. */
export const PROFILE_NAMES: readonly string[] = PROFILES.map(({ name }) => name);

/**
 * The kinds of a profile.
 * @throws {Error} if there is none of that name: a declaration's is checked when it is read.
 */
export function kindsOf(profile: string): readonly Kind[] {
  const found = PROFILES.find(({ name }) => name === profile);
  if (!found) throw new Error(`profile: got ${JSON.stringify(profile)}; expected one of ${PROFILE_NAMES.join(", ")}.`);
  return found.kinds;
}

/**
 * The kinds that controllers create from them. An AppProject must permit these too: Argo CD omits all other kinds from
 * an Application's tree, and without the pods it shows neither the running images nor logs. Secrets and volume
 * claims are not among them: no source may render one, and nothing needs to see those that controllers create.
 */
const OWNED_KINDS: readonly Kind[] = [
  { group: "", kind: "Pod" },
  { group: "apps", kind: "ReplicaSet" },
];

/** The kinds that an AppProject permits for a profile: its own, and those that controllers create from them. */
export function permittedKinds(profile: string): Kind[] {
  return [...kindsOf(profile), ...OWNED_KINDS];
}

/** The kinds that some profile has. */
export const DELIVERED_KINDS: readonly Kind[] = [
  ...new Map(PROFILES.flatMap(({ kinds }) => kinds.map((kind) => [qualifiedKind(kind), kind] as const))).values(),
];

/** Those, and the kinds that controllers create from them. */
export const TRACKED_KINDS: readonly Kind[] = [...DELIVERED_KINDS, ...OWNED_KINDS];

/** A kind with its group: `apps/Deployment`, `/ConfigMap`. */
export function qualifiedKind({ group, kind }: Kind): string {
  return `${group}/${kind}`;
}
