import type { IValidatingAdmissionPolicySpec } from "kubernetes-models/admissionregistration.k8s.io/v1/ValidatingAdmissionPolicySpec";
import type { GuardExemptions } from "../../../environments/guard";
import { ARGOCD_NAMESPACE } from "../../argocd/installation";
import { DEFAULT_DENY, POD_QUOTA } from "../namespace";
import { isFrom, list, NAME, REQUEST, SHARED_VARIABLES, text } from "./cel";
import { ARGOCD, THE_CLUSTER } from "./identities";
import { breakGlassRecord, OBJECTS, REPORTS, STATUS_AND_STEERING } from "./scope";

/** The platform's objects in the services' namespaces and in the cluster, by resource. */
const OWN: Readonly<Record<"inNamespaces" | "inCluster", Readonly<Record<string, readonly string[]>>>> = {
  inNamespaces: { resourcequotas: [POD_QUOTA], networkpolicies: [DEFAULT_DENY] },
  inCluster: {
    // Without its definition a kind's objects are gone, Applications among them.
    customresourcedefinitions: ["applications", "applicationsets", "appprojects"].map((each) => `${each}.argoproj.io`),
    clusterroles: ["application-controller", "applicationset-controller", "server"].map((each) => `argocd-${each}`),
    clusterrolebindings: ["application-controller", "applicationset-controller", "server"].map(
      (each) => `argocd-${each}`,
    ),
  },
};

const isOneOf = (objects: Readonly<Record<string, readonly string[]>>) =>
  Object.entries(objects)
    .map(([resource, names]) => `request.resource.resource == ${text(resource)} && (${NAME}) in ${list(names)}`)
    .join(" || ");

/** Whether the request is about one of the platform's objects among a service's. */
export const IS_OWN_OBJECT = isOneOf(OWN.inNamespaces);

const IN_ARGOCD = `request.?namespace.orValue("") == ${text(ARGOCD_NAMESPACE)}`;
const IS_NAMESPACE = 'request.resource.resource == "namespaces"';

/** Argo CD's first password, which people are to delete once they have another way in. */
const FIRST_PASSWORD = "argocd-initial-admin-secret";

/**
 * The platform's own objects change by `pulumi up` alone: the services' namespaces with their quotas and network policies, Argo CD's
 * definitions and rights, and its namespace, where its processes keep Applications and settings too. Argo CD's controller may not
 * change what confines the services: a service's manifest must not loosen its own limits.
 */
export function ownPolicy(environment: string, exemptions: GuardExemptions): IValidatingAdmissionPolicySpec {
  const { platform, breakGlass } = exemptions;
  const inArgocd = {
    people: ["isArgocd", "isServiceAccount", "deletesPod", "changesOnlyStatus", "deletesFirstPassword"],
    controllers: ["isArgocd", "deletesPod", "keepsDesiredState"],
  };
  const anyOf = (names: readonly string[]) => names.map((name) => `variables.${name}`).join(" || ");
  const rules = [
    `variables.inArgocd || variables.changesOnlyStatus`,
    `!variables.inArgocd || ${anyOf(inArgocd.people)}`,
    `!variables.inArgocd || !variables.isServiceAccount || !variables.isArgocdsObject || ${anyOf(inArgocd.controllers)}`,
  ];
  return {
    failurePolicy: "Fail",
    matchConstraints: {
      resourceRules: [
        OBJECTS,
        STATUS_AND_STEERING,
        {
          ...OBJECTS,
          apiGroups: [""],
          // Finalizing a namespace takes its labels too.
          resources: ["namespaces", "namespaces/status", "namespaces/finalize"],
          scope: "Cluster",
        },
        {
          ...OBJECTS,
          apiGroups: ["apiextensions.k8s.io", "rbac.authorization.k8s.io"],
          resources: Object.keys(OWN.inCluster),
          scope: "Cluster",
        },
        // Whoever has the token of an Argo CD process, or a shell in it, is that process.
        { ...OBJECTS, apiGroups: [""], resources: ["serviceaccounts/token"], operations: ["CREATE"] },
        { ...OBJECTS, apiGroups: [""], resources: ["pods/exec", "pods/attach"], operations: ["CONNECT"] },
      ],
      excludeResourceRules: REPORTS,
    },
    matchConditions: [
      { name: "not-the-cluster-itself", expression: `!(${isFrom(THE_CLUSTER)})` },
      {
        name: "the-platforms-own",
        expression: [IS_NAMESPACE, IN_ARGOCD, IS_OWN_OBJECT, isOneOf(OWN.inCluster)].join(" || "),
      },
    ],
    variables: [
      ...SHARED_VARIABLES,
      { name: "breaksGlass", expression: isFrom([{ group: breakGlass }]) },
      { name: "isPlatform", expression: isFrom(platform) },
      { name: "isArgocd", expression: isFrom([ARGOCD]) },
      { name: "inArgocd", expression: `${IN_ARGOCD} && !(${IS_NAMESPACE})` },
      {
        name: "deletesFirstPassword",
        expression: `request.operation == "DELETE" && request.resource.resource == "secrets" && variables.name == ${text(FIRST_PASSWORD)}`,
      },
      {
        // Certificates and credentials in Secrets are kept up to date by controllers that the platform runs.
        name: "isArgocdsObject",
        expression:
          'request.resource.group == "argoproj.io" || variables.steers || variables.changesManagedPods || ' +
          'variables.subresource in ["token", "exec", "attach"] || ' +
          '(variables.name.startsWith("argocd-") && !(request.resource.resource in ["pods", "secrets"]))',
      },
    ],
    validations: rules.map((rule) => ({
      expression: `variables.breaksGlass || variables.isPlatform || ${rule}`,
      messageExpression: `${REQUEST} + ${text(
        "; expected a change by pulumi up. Change the environment's settings " +
          `(Pulumi.${environment}.yaml, environments/${environment}.ts) and let somebody of guard.platform run it. ` +
          `In an emergency, the group ${breakGlass} may.`,
      )}`,
      reason: "Forbidden",
    })),
    auditAnnotations: [breakGlassRecord],
  };
}
