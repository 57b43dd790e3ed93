import type { IMatchResources } from "kubernetes-models/admissionregistration.k8s.io/v1/MatchResources";
import { REQUEST } from "./cel";

export type Rule = NonNullable<IMatchResources["resourceRules"]>[number];

/** Every object of a namespace. Reading, logs and port-forwards are no admission's business. */
export const OBJECTS: Rule = {
  apiGroups: ["*"],
  apiVersions: ["*"],
  resources: ["*"],
  operations: ["CREATE", "UPDATE", "DELETE"],
  scope: "Namespaced",
};

/** What changes an object past the object itself. Evictions and bindings of pods are not among them. */
export const STATUS_AND_STEERING: Rule = {
  ...OBJECTS,
  resources: ["*/scale", "*/status", "pods/ephemeralcontainers", "pods/resize"],
  operations: ["UPDATE"],
};

/** What everybody may write: what happened, and who leads. Nothing there says what is to run. */
export const REPORTS: Rule[] = [
  { apiGroups: ["", "events.k8s.io"], apiVersions: ["*"], resources: ["events"], operations: ["*"] },
  { apiGroups: ["coordination.k8s.io"], apiVersions: ["*"], resources: ["leases"], operations: ["*"] },
];

/** Marks each change by the break-glass group in the audit log. An empty value is left out. */
export const breakGlassRecord = {
  key: "break-glass",
  valueExpression: `variables.breaksGlass ? ${REQUEST} : ""`,
};
