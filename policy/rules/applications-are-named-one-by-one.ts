import { TYPES } from "../kubernetes";
import { resourcesOfType, type ResourceRule } from "../rule";

/** What an ApplicationSet makes, it makes in the cluster: no preview shows it, and no rule of this pack sees it. */
export const applicationsAreNamedOneByOne: ResourceRule = {
  name: "applications-are-named-one-by-one",
  displayName: "Applications are named one by one",
  description:
    "The program registers each Application itself, and no ApplicationSet that makes them out of a reviewer's sight.",
  enforcementLevel: "mandatory",
  severity: "medium",
  remediationSteps: "Name the service in the stack's configuration, under services.",
  url: "https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Security/",
  validateResource: resourcesOfType(TYPES.applicationSet, (_args, reportViolation) => {
    reportViolation("kind: got an ApplicationSet; expected Applications.");
  }),
};
