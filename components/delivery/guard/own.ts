import type { IValidatingAdmissionPolicySpec } from "kubernetes-models/admissionregistration.k8s.io/v1/ValidatingAdmissionPolicySpec";
import type { Environment } from "@gitops-platform/environments/environment";
import type { GuardExemptions } from "@gitops-platform/environments/settings/guard";
import { ARGOCD_NAMESPACE } from "../../argocd/installation";
import { CONTAINER_DEFAULTS, DEFAULT_DENY, POD_QUOTA } from "../namespace";
import { webUrl } from "../target";
import {
  ARGOCD_BY_CATALOGUE,
  catalogueSettings,
  isCatalogues,
  isLabelled,
  LIMITS_BY_CATALOGUE,
  NAMESPACES_BY_CATALOGUE,
  WRITES_LIMITS,
} from "./catalogue";
import { allOf, anyOf, isFrom, isOf, list, NAME, REQUEST, SHARED_VARIABLES, text, type Variable } from "./cel";
import { ARGOCDS, IS_ARGOCD, NOT_THE_CLUSTER } from "./identities";
import { breakGlassRecord, OBJECTS, REPORTS, type Rule, STATUS_AND_STEERING } from "./scope";

/** Objects of one resource, by name. Another group may have a resource of the same name. */
interface Named {
  readonly group: string;
  readonly resource: string;
  readonly names: readonly string[];
}

/** The platform's objects among a service's. */
const IN_NAMESPACES: readonly Named[] = [
  { group: "", resource: "resourcequotas", names: [POD_QUOTA] },
  { group: "", resource: "limitranges", names: [CONTAINER_DEFAULTS] },
  { group: "networking.k8s.io", resource: "networkpolicies", names: [DEFAULT_DENY] },
];

const DEFINITIONS = ["applications", "applicationsets", "appprojects"].map((kind) => `${kind}.argoproj.io`);
const ROLES = ["application-controller", "applicationset-controller", "server"].map((name) => `argocd-${name}`);

/** Argo CD's definitions, without which its objects are gone, and its rights. */
const IN_CLUSTER: readonly Named[] = [
  { group: "apiextensions.k8s.io", resource: "customresourcedefinitions", names: DEFINITIONS },
  { group: "rbac.authorization.k8s.io", resource: "clusterroles", names: ROLES },
  { group: "rbac.authorization.k8s.io", resource: "clusterrolebindings", names: ROLES },
];

const isOneOf = (objects: readonly Named[]) =>
  objects.map(({ group, resource, names }) => `${isOf(group, resource)} && (${NAME}) in ${list(names)}`).join(" || ");

/** Whether the request is about one of the platform's objects among a service's. */
export const IS_OWN_OBJECT = isOneOf(IN_NAMESPACES);

/** Argo CD's first password, which people are to delete once they have another way in. */
const IS_FIRST_PASSWORD = `${isOf("", "secrets")} && variables.name == ${text("argocd-initial-admin-secret")}`;

const APP_NAME = "app.kubernetes.io/name";
const SERVICE_NAME = "kubernetes.io/service-name";
const TOKEN = "kubernetes.io/service-account-token";

/** What the policies on the platform's own objects are made for. */
export interface OwnObjects {
  readonly environment: Pick<Environment, "name" | "delivery">;
  /** The URL from which Argo CD clones the GitOps repository. */
  readonly repositoryUrl: string;
  readonly exemptions: GuardExemptions;
}

/**
 * What confines the services in their namespaces: quotas, limits and network policies. Argo CD changes them as the
 * Application `catalogue`. As any other Application it may not: a service's manifest must not loosen its own limits.
 */
export function limitsPolicy(own: OwnObjects): IValidatingAdmissionPolicySpec {
  return ownPolicy(own, {
    rules: IN_NAMESPACES.map((each) => ruleFor(each, "Namespaced")),
    isOwn: IS_OWN_OBJECT,
    byCatalogue: LIMITS_BY_CATALOGUE,
  });
}

/**
 * Namespaces that have an environment's label or the catalogue's tracking annotation, or get it, what Argo CD needs in
 * the cluster, and the limits that Argo CD writes for the catalogue. The policy is bound without a selector: the API
 * server would compare it with the labels that the request sets, and it would miss the namespaces without them, in
 * which the catalogue may not write limits.
 */
export function namespacesPolicy(own: OwnObjects): IValidatingAdmissionPolicySpec {
  const hasMark = anyOf(isLabelled("each"), isCatalogues("each"));
  const marked = `[oldObject, object].exists(each, each != null && (${hasMark}))`;
  const isGuarded = `${isOf("", "namespaces")} && ((${NAME}) == ${text(ARGOCD_NAMESPACE)} || ${marked})`;
  return ownPolicy(own, {
    rules: [
      ...IN_CLUSTER.map((each) => ruleFor(each, "Cluster")),
      {
        ...OBJECTS,
        apiGroups: [""],
        // Finalizing a namespace takes its labels too.
        resources: ["namespaces", "namespaces/status", "namespaces/finalize"],
        scope: "Cluster",
      },
      WRITES_LIMITS.rule,
    ],
    isOwn: anyOf(isGuarded, isOneOf(IN_CLUSTER), WRITES_LIMITS.condition),
    byCatalogue: NAMESPACES_BY_CATALOGUE,
  });
}

function ruleFor({ group, resource }: Named, scope: "Namespaced" | "Cluster"): Rule {
  return { ...OBJECTS, apiGroups: [group], resources: [resource, `${resource}/status`], scope };
}

interface OwnPolicy {
  readonly rules: Rule[];
  /** The match condition for the objects that it judges. */
  readonly isOwn: string;
  /** Defines `byCatalogue`, whether Argo CD applies the catalogue's own object. */
  readonly byCatalogue: readonly Variable[];
}

function ownPolicy(own: OwnObjects, { rules, isOwn, byCatalogue }: OwnPolicy): IValidatingAdmissionPolicySpec {
  return {
    failurePolicy: "Fail",
    matchConstraints: { resourceRules: rules },
    matchConditions: [NOT_THE_CLUSTER, { name: "the-platforms-own", expression: isOwn }],
    variables: [...SHARED_VARIABLES, ...whoRunsTheProgram(own.exemptions), ...catalogueSettings(own), ...byCatalogue],
    validations: [byTheProgram(own, ["variables.changesOnlyStatus", "variables.byCatalogue"])],
    auditAnnotations: [breakGlassRecord],
  };
}

/**
 * In Argo CD's namespace its processes keep Applications, settings and caches. Everybody else changes nothing of it,
 * and controllers at most what is not Argo CD's, such as certificates.
 */
export function argocdPolicy(own: OwnObjects): IValidatingAdmissionPolicySpec {
  const people = ["isArgocd", "isServiceAccount", "deletesPod", "changesOnlyStatus", "deletesFirstPassword"];
  const controllers = ["isArgocd", "deletesPod", "keepsDesiredState"];
  const variables = (names: readonly string[]) => names.map((name) => `variables.${name}`);
  return {
    failurePolicy: "Fail",
    matchConstraints: {
      resourceRules: [
        OBJECTS,
        STATUS_AND_STEERING,
        // Anyone who has the token of an Argo CD process, or a shell in it, is that process.
        { ...OBJECTS, apiGroups: [""], resources: ["serviceaccounts/token"], operations: ["CREATE"] },
        { ...OBJECTS, apiGroups: [""], resources: ["pods/exec", "pods/attach"], operations: ["CONNECT"] },
      ],
      excludeResourceRules: REPORTS,
    },
    matchConditions: [NOT_THE_CLUSTER],
    variables: [
      ...SHARED_VARIABLES,
      ...whoRunsTheProgram(own.exemptions),
      ...catalogueSettings(own),
      { name: "isArgocd", expression: IS_ARGOCD },
      {
        name: "deletesFirstPassword",
        expression: `request.operation == "DELETE" && ${IS_FIRST_PASSWORD}`,
      },
      ...POSES_AS_ARGOCD,
      ...ARGOCD_BY_CATALOGUE,
      {
        // Certificates and credentials in Secrets are kept up to date by controllers that the platform runs.
        name: "isArgocdsObject",
        expression: anyOf(
          'request.resource.group == "argoproj.io"',
          "variables.steers || variables.changesManagedPods || variables.posesAsArgocd",
          'variables.subresource in ["token", "exec", "attach"]',
          `(variables.name.startsWith(${text(ARGOCDS)}) && !(${isOf("", "pods")} || ${isOf("", "secrets")}))`,
        ),
      },
    ],
    validations: [
      variables(people),
      ["!variables.isServiceAccount", "!variables.isArgocdsObject", ...variables(controllers)],
      ["!variables.isArgocdController", `!(${FORBIDDEN.map((name) => `variables.${name}`).join(" || ")})`],
      ["!variables.isArgocdController", "!variables.changesProject", "variables.isConfinedProject"],
      ["!variables.isArgocdController", "!variables.changesApplication", "variables.isConfinedApplication"],
    ].map((rule) => byTheProgram(own, rule)),
    auditAnnotations: [breakGlassRecord],
  };
}

/** Changes that the guard refuses in Argo CD's namespace if the controller makes them. */
const FORBIDDEN = ["limitsArgocd", "takesOver", "appliesOperation", "replaces"];

/** Ways to one of Argo CD's identities that its objects' names do not show. */
const POSES_AS_ARGOCD: readonly Variable[] = [
  {
    name: "podTemplate",
    expression: [
      "object == null ? {}",
      `${isOf("", "pods")} ? object`,
      `${isOf("", "podtemplates")} ? object.template`,
      `${isOf("batch", "cronjobs")} ? object.?spec.jobTemplate.spec.template.orValue({})`,
      '(request.resource.group in ["apps", "batch"] || request.resource.resource == "replicationcontrollers") ' +
        "? object.?spec.template.orValue({})",
      "{}",
    ].join(" : "),
  },
  {
    name: "posesAsArgocd",
    expression: anyOf(
      // The process gets the token of its service account.
      `variables.podTemplate.?spec.serviceAccountName.orValue("").startsWith(${text(ARGOCDS)}) && ` +
        `!(${isOf("", "pods")} && request.operation == "UPDATE")`,
      // Argo CD's Services send requests to the pods with this label: Argo CD would apply what such a pod renders.
      allOf(
        `variables.podTemplate.?metadata.labels[?${text(APP_NAME)}].orValue("").startsWith(${text(ARGOCDS)})`,
        `!(${isOf("", "pods")} && request.operation == "UPDATE" && ` +
          "object.metadata.?labels == oldObject.metadata.?labels)",
      ),
      // Its addresses join those of the Service that the label names.
      `${isOf("discovery.k8s.io", "endpointslices")} && object != null && ` +
        `object.metadata.?labels[?${text(SERVICE_NAME)}].orValue("").startsWith(${text(ARGOCDS)})`,
      // Kubernetes puts the token of the service account into it that its annotation names.
      `${isOf("", "secrets")} && object != null && object.?type.orValue("") == ${text(TOKEN)}`,
    ),
  },
];

function whoRunsTheProgram({ platform, breakGlass }: GuardExemptions): Variable[] {
  return [
    { name: "breaksGlass", expression: isFrom([{ group: breakGlass }]) },
    { name: "isPlatform", expression: isFrom(platform) },
  ];
}

/** A rule for everybody but those who run the program, of which one condition must hold, and what to do instead. */
function byTheProgram({ environment, repositoryUrl, exemptions }: OwnObjects, rule: readonly string[]) {
  const instead = text(
    "; expected a change by pulumi up, or of a service of the catalogue by a pull request. Change the environment's " +
      `settings (Pulumi.${environment.name}.yaml, environments/${environment.name}.ts) and let somebody of ` +
      `guard.platform run it, or change services/ in ${webUrl(repositoryUrl)}. ` +
      `In an emergency, the group ${exemptions.breakGlass} may.`,
  );
  return {
    expression: anyOf("variables.breaksGlass", "variables.isPlatform", ...rule),
    messageExpression: `${REQUEST} + ${instead}`,
    reason: "Forbidden",
  };
}
