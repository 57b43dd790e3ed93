import type { KubernetesObject, ObjectRef } from "@gitops-platform/clients/kubernetes";
import type { Finding } from "@gitops-platform/gitops/drift/finding";
import type { EnvironmentName } from "@gitops-platform/sandbox/paths";

/** Who edits. RBAC gives each of them all permissions. */
export const EDITORS = {
  person: ["--as=alice"],
  "service account": ["--as=system:serviceaccount:tools:robot"],
  "break-glass": ["--as=alice", "--as-group=gitops-platform:break-glass"],
  "Argo CD": ["--as=system:serviceaccount:argocd:argocd-application-controller"],
} as const satisfies Record<string, readonly string[]>;
export type Editor = keyof typeof EDITORS;
export const editors = Object.keys(EDITORS) as Editor[];

/**
 * The outcome of an edit. `refused`: the API server denied it; `reverted`: the object is again as Git declares;
 * `reported`: `gitops status` found it; `compared`: the scheduled comparison with the program found it.
 */
export type Outcome = "refused" | "reverted" | "reported" | "compared";

/** The context of an edit: who edits in which environment. */
export interface Edition {
  readonly environment: EnvironmentName;
  readonly editor: Editor;
  /** A new number for each edit, because Kubernetes records no writer of an unchanged value. */
  readonly number: number;
  /** The field manager of the edit, if kubectl lets it set one. */
  readonly manager: string;
  /** The live Deployment, project and pod that are edited. */
  readonly live: {
    readonly deployment: KubernetesObject;
    readonly sourceRepos: readonly string[];
    readonly pod: string;
  };
}

/** A kind of edit. */
export interface Edit {
  readonly what: string;
  readonly args: (by: Edition) => readonly string[];
  /** Standard input of kubectl. */
  readonly input?: (by: Edition) => object;
  /** Who is refused if the guard denies. */
  readonly refusedTo: readonly Editor[];
  /** The outcome if the edit is not refused. */
  readonly otherwise: (environment: EnvironmentName) => Exclude<Outcome, "refused">;
  /** The object that is edited. Default: the Deployment. */
  readonly edited?: (by: Edition) => ObjectRef;
  /** Whether it is again as Git declares. */
  readonly isBack?: (now: KubernetesObject | undefined, by: Edition) => boolean;
  /** The expected finding. */
  readonly found?: { readonly kind: Finding["kind"]; readonly object: RegExp; readonly path?: RegExp };
  /** Whether kubectl has no flag for the field manager here. */
  readonly isUnnamed?: true;
  /** Whether Kubernetes does not record the writer. */
  readonly isUnrecorded?: true;
}

const API = "--namespace=api";
const ARGOCD = "--namespace=argocd";
const DEPLOYMENT = ["deployment/api", API];
const patch = (what: readonly string[], change: object, type = "merge") => [
  ...["patch", ...what, `--type=${type}`, `--patch=${JSON.stringify(change)}`],
];
const container = (change: object) => ({ spec: { template: { spec: { containers: [{ name: "api", ...change }] } } } });
const declared = { kind: "Deployment", apiVersion: "apps/v1", metadata: { name: "api", namespace: "api" } };
const keeps = (object: KubernetesObject | undefined) =>
  (object as { spec?: { revisionHistoryLimit?: number } } | undefined)?.spec?.revisionHistoryLimit === 3;

const EVERYBODY_ELSE: readonly Editor[] = ["person", "service account"];
const NOT_EVEN_ARGOCD: readonly Editor[] = [...EVERYBODY_ELSE, "Argo CD"];
const always = (outcome: ReturnType<Edit["otherwise"]>) => () => outcome;
const reverted = { refusedTo: EVERYBODY_ELSE, otherwise: always("reverted") } as const;
const reported = { refusedTo: EVERYBODY_ELSE, otherwise: always("reported") } as const;
/** A field of the Deployment that Git does not declare. */
const foreign = (path: RegExp) =>
  ({ ...reported, found: { kind: "foreign-field", object: /^Deployment api$/, path } }) as const;
const undeclared = (object: RegExp) =>
  ({ ...reported, refusedTo: ["person"], found: { kind: "undeclared-object", object } }) as const;
const platform = (object: RegExp, path: RegExp, refusedTo = NOT_EVEN_ARGOCD) =>
  ({ ...reported, refusedTo, found: { kind: "platform-field", object, path } }) as const;
const compared = { refusedTo: [], otherwise: always("compared") } as const;

/**
 * Edits of declared fields. Reverting one would also revert other edits of the object, so these are tried one by one.
 */
export const DECLARED: readonly Edit[] = [
  {
    what: "`kubectl replace` of a declared field",
    args: () => ["replace", "--filename=-"],
    input: ({ live }) => {
      // The version does not matter, as for a person who replaces the object with an old file.
      const metadata = { ...live.deployment.metadata, resourceVersion: undefined, managedFields: undefined };
      return { ...live.deployment, metadata, spec: { ...(live.deployment.spec as object), revisionHistoryLimit: 9 } };
    },
    ...reverted,
    isBack: keeps,
  },
  {
    what: "`apply --server-side --force-conflicts` of a declared field",
    args: () => ["apply", "--server-side", "--force-conflicts", "--filename=-"],
    input: () => ({ ...declared, spec: { revisionHistoryLimit: 7 } }),
    ...reverted,
    isBack: keeps,
  },
  {
    what: "`delete` of the Deployment",
    args: () => ["delete", ...DEPLOYMENT, "--wait=false"],
    ...reverted,
    isBack: (now, { live }) => now !== undefined && now.metadata.uid !== live.deployment.metadata.uid,
    isUnnamed: true,
  },
];

/** The number of pods: Git declares it in dev, and an autoscaler sets it in the other environments. */
export const SCALE: Edit = {
  what: "`scale` to 0",
  args: () => ["scale", ...DEPLOYMENT, "--replicas=0"],
  ...foreign(/^spec\.replicas$/),
  otherwise: (environment) => (environment === "dev" ? "reverted" : "reported"),
  // Kubernetes records no writer of a 0, because the sub-resource omits it.
  isUnrecorded: true,
  isBack: (now) => ((now as { spec?: { replicas?: number } } | undefined)?.spec?.replicas ?? 0) > 0,
  isUnnamed: true,
};

/** Undeclared fields and objects in a service's namespace. */
export const FOREIGN: readonly Edit[] = [
  {
    what: "`set env`",
    args: ({ manager }) => ["set", "env", ...DEPLOYMENT, `DEBUG=${manager}`],
    ...foreign(/\.env\b/),
  },
  {
    what: "a `command`, patched in",
    args: ({ manager }) => patch(DEPLOYMENT, container({ command: ["sleep", manager] }), "strategic"),
    ...foreign(/\.command\b/),
  },
  {
    what: "`tolerations`, patched in",
    args: ({ manager }) =>
      patch(DEPLOYMENT, { spec: { template: { spec: { tolerations: [{ key: manager, operator: "Exists" }] } } } }),
    ...foreign(/\.tolerations\b/),
  },
  {
    what: "`label`",
    args: ({ manager }) => ["label", ...DEPLOYMENT, `edited=${manager}`],
    ...foreign(/labels\.edited/),
  },
  {
    what: "`annotate`",
    args: ({ manager }) => ["annotate", ...DEPLOYMENT, `edited=${manager}`],
    ...foreign(/annotations\.edited/),
  },
  { what: "`rollout restart`", args: () => ["rollout", "restart", ...DEPLOYMENT], ...foreign(/restartedAt/) },
  {
    what: "`create deployment miner`",
    args: () => ["create", "deployment", "miner", "--image=miner", API],
    ...undeclared(/^Deployment miner$/),
  },
  {
    what: "`create configmap stray`",
    // An object without a field has no record of its writer.
    args: () => ["create", "configmap", "stray", "--from-literal=a=b", API],
    ...undeclared(/^ConfigMap stray$/),
  },
];

/** A container in a running pod, tried when the workload no longer replaces its pods. */
export const DEBUG: Edit = {
  what: "an ephemeral container (`debug`)",
  args: ({ live }) => ["debug", `pod/${live.pod}`, API, "--image=busybox", "--profile=restricted"],
  ...reported,
  found: { kind: "foreign-field", object: /^Pod /, path: /ephemeralContainers/ },
  isUnnamed: true,
};

const PROJECT = { apiVersion: "argoproj.io/v1alpha1", kind: "AppProject", namespace: "argocd" } as const;

/** The platform's own objects. The last edit makes Argo CD ignore the service. */
export const PLATFORM: readonly Edit[] = [
  {
    what: "the Namespace's labels",
    args: ({ number }) => [
      ...["label", "--overwrite", "namespace/api", `pod-security.kubernetes.io/enforce-version=v1.${20 + number}`],
    ],
    ...platform(/^Namespace api$/, /enforce-version/),
  },
  {
    what: "the quota",
    args: ({ number }) => patch(["resourcequota/pods", API], { spec: { hard: { pods: String(900 + number) } } }),
    ...reverted,
    edited: () => ({ apiVersion: "v1", kind: "ResourceQuota", namespace: "api", name: "pods" }),
    isBack: (now) => Number((now?.spec as { hard?: { pods?: string } } | undefined)?.hard?.pods ?? 900) < 900,
  },
  {
    what: "the default-deny policy",
    args: ({ number }) =>
      patch(["networkpolicy/default-deny", API], { spec: { egress: [{ ports: [{ port: 8000 + number }] }] } }),
    ...reverted,
    edited: () => ({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      namespace: "api",
      name: "default-deny",
    }),
    isBack: (now) => now !== undefined && !JSON.stringify(now.spec).includes('"port":8'),
  },
  {
    what: "the AppProject",
    args: ({ environment, live, manager }) => {
      const sourceRepos = [...live.sourceRepos, `https://example.com/${manager}.git`];
      return patch([`appproject/${environment}-api`, ARGOCD], { spec: { sourceRepos } });
    },
    refusedTo: NOT_EVEN_ARGOCD,
    otherwise: always("reverted"),
    edited: ({ environment }) => ({ ...PROJECT, name: `${environment}-api` }),
    isBack: (now) => now !== undefined && !JSON.stringify(now.spec).includes("https://example.com/"),
  },
  {
    what: "the Application",
    args: ({ number }) => patch(["application/api", ARGOCD], { spec: { revisionHistoryLimit: 20 + number } }),
    ...platform(/^Application api$/, /^spec\.revisionHistoryLimit$/),
  },
  {
    what: "argocd-cm: a declared setting",
    args: ({ manager }) => patch(["configmap/argocd-cm", ARGOCD], { data: { url: `https://${manager}.example` } }),
    ...platform(/^ConfigMap argocd-cm$/, /^data\.url$/, EVERYBODY_ELSE),
  },
  {
    what: "argocd-cm: another setting",
    args: ({ manager }) => patch(["configmap/argocd-cm", ARGOCD], { data: { "help.chatText": manager } }),
    ...platform(/^ConfigMap argocd-cm$/, /help\.chatText/, EVERYBODY_ELSE),
  },
  {
    what: "the Application's annotation `skip-reconcile`",
    args: () => ["annotate", "application/api", ARGOCD, "argocd.argoproj.io/skip-reconcile=true"],
    ...reported,
    found: { kind: "reconcile-skipped", object: /^Application api$/ },
  },
];

/** The guard itself, because Kubernetes exempts it from the guard. */
export const GUARD: readonly Edit[] = [
  {
    what: "the guard's policy",
    args: () =>
      patch(["validatingadmissionpolicy/gitops-platform-guard-argocd"], { spec: { failurePolicy: "Ignore" } }),
    ...compared,
  },
  {
    what: "the guard's binding",
    args: () =>
      patch(["validatingadmissionpolicybinding/gitops-platform-guard-argocd"], {
        spec: { validationActions: ["Audit"] },
      }),
    ...compared,
  },
];

/** Whether a finding is about an edit, with its editor as the writer. */
export function isOf(finding: Finding, edit: Edit, { manager }: Edition): boolean {
  const { found, isUnnamed, isUnrecorded } = edit;
  if (finding.kind !== found?.kind) return false;
  const { kind, name } = finding.object;
  if (!found.object.test(`${kind} ${name}`)) return false;
  if (found.path !== undefined && !("path" in finding && found.path.test(finding.path))) return false;
  return isUnnamed === true ? finding.manager !== null || isUnrecorded === true : finding.manager === manager;
}
