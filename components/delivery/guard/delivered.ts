import type { IValidatingAdmissionPolicySpec } from "kubernetes-models/admissionregistration.k8s.io/v1/ValidatingAdmissionPolicySpec";
import type { GuardExemptions } from "@gitops-platform/environments/settings/guard";
import { SERVICE_LABEL, TRACKING_ANNOTATION, trackedObject } from "../../labels";
import {
  allOf,
  anyOf,
  isFrom,
  isSameBut,
  keepsMetadata,
  list,
  REQUEST,
  SHARED_VARIABLES,
  text,
  type Variable,
} from "./cel";
import { ARGOCD_CONTROLLER, ARGOCD_SERVER, NOT_THE_CLUSTER } from "./identities";
import { IS_OWN_OBJECT } from "./own";
import { breakGlassRecord, OBJECTS, REPORTS, STATUS_AND_STEERING } from "./scope";

/** What the policy on delivered objects is made for. */
export interface DeliveredObjects {
  /** The environment's name. */
  readonly environment: string;
  /** The GitOps repository's pages. */
  readonly pages: string;
  readonly exemptions: GuardExemptions;
}

/**
 * Objects in the services' namespaces change by Git alone. People may change none, whether Git has it or not.
 * Controllers may keep objects of their own there, and may not change what Argo CD delivers.
 */
export function deliveredPolicy(delivered: DeliveredObjects): IValidatingAdmissionPolicySpec {
  const { environment, exemptions } = delivered;
  const ofControllers = `. A controller that must belongs into guard.controllers of Pulumi.${environment}.yaml.`;
  const toControllers = text(ofControllers);
  // Some controllers of managed clusters are users, and no service accounts.
  const toPeople = text(`${ofControllers} In an emergency, the group ${exemptions.breakGlass} may.`);
  const people = ["deletesPod", "changesOnlyStatus", "changesOnlyFinalizers", "restartsPods"].map(
    (name) => `variables.${name}`,
  );
  const controllers = [
    ["!variables.isTracked", "variables.keepsDesiredState"],
    ["!variables.steers"],
    ["!variables.changesManagedPods"],
  ];
  return {
    failurePolicy: "Fail",
    matchConstraints: { resourceRules: [OBJECTS, STATUS_AND_STEERING], excludeResourceRules: REPORTS },
    matchConditions: [
      NOT_THE_CLUSTER,
      // Another policy of the guard judges these.
      { name: "not-the-platforms-own", expression: `!(${IS_OWN_OBJECT})` },
    ],
    variables: [...SHARED_VARIABLES, ...who(exemptions), TRACKED_AS, RESTARTS_PODS, ...instead(delivered)],
    validations: [
      {
        expression: anyOf("variables.mayDeliver", "variables.isController", ...people),
        messageExpression: `variables.refusal + ${toPeople}`,
        reason: "Forbidden",
      },
      ...controllers.map((rule) => ({
        expression: anyOf("variables.mayDeliver", "!variables.isController", ...rule),
        messageExpression: `variables.refusal + ${toControllers}`,
        reason: "Forbidden",
      })),
    ],
    auditAnnotations: [breakGlassRecord],
  };
}

function who({ controllers, breakGlass }: GuardExemptions): Variable[] {
  return [
    { name: "breaksGlass", expression: isFrom([{ group: breakGlass }]) },
    {
      name: "mayDeliver",
      expression: `variables.breaksGlass || ${isFrom([{ user: ARGOCD_CONTROLLER }, ...controllers])}`,
    },
    {
      name: "isController",
      expression: `variables.isServiceAccount && request.userInfo.username != ${text(ARGOCD_SERVER)}`,
    },
  ];
}

const REQUESTED = { kind: "request.kind.kind", namespace: "variables.inNamespace", name: "variables.name" };

// Operators copy annotations to objects that they make: those are not the object that the annotation names.
const TRACKED_AS: Variable = {
  name: "trackedAs",
  expression:
    `[oldObject, object].filter(each, each != null)` +
    `.map(each, each.metadata.?annotations[?${text(TRACKING_ANNOTATION)}].orValue(""))` +
    `.filter(id, id.endsWith(${trackedObject(text, REQUESTED).join(" + ")}))`,
};

const annotations = (object: string) => `${object}.spec.template.metadata.?annotations.orValue({})`;

/**
 * Argo CD's own action "restart", which people start in Argo CD: nothing differs but the time in the pods' template.
 */
const RESTARTS_PODS: Variable = {
  name: "restartsPods",
  expression: allOf(
    `request.userInfo.username == ${text(ARGOCD_SERVER)}`,
    'request.operation == "UPDATE" && variables.subresource == "" && request.resource.group == "apps"',
    `request.resource.resource in ${list(["deployments", "statefulsets", "daemonsets"])}`,
    keepsMetadata(),
    isSameBut("object.spec", "oldObject.spec", ["template"]),
    isSameBut("object.spec.template", "oldObject.spec.template", ["metadata"]),
    isSameBut("object.spec.template.metadata", "oldObject.spec.template.metadata", ["annotations"]),
    isSameBut(annotations("object"), annotations("oldObject"), ["kubectl.kubernetes.io/restartedAt"]),
  ),
};

/** What to do instead: which file says what runs here, and how a deployment is taken back. */
function instead({ environment, pages }: DeliveredObjects): Variable[] {
  return [
    { name: "isTracked", expression: "variables.trackedAs.size() > 0" },
    {
      name: "service",
      expression:
        'variables.isTracked ? variables.trackedAs[0].split(":")[0] : ' +
        `namespaceObject.metadata.?labels[?${text(SERVICE_LABEL)}].orValue(variables.inNamespace)`,
    },
    {
      name: "refusal",
      expression: [
        REQUEST,
        text(`; expected a change in Git, which Argo CD applies. Change environments/${environment}/`),
        "variables.service",
        text(`.yaml in ${pages}, or take a deployment back: gitops rollback `),
        "variables.service",
        text(` --env ${environment} --reason "<why>"`),
      ].join(" + "),
    },
  ];
}
