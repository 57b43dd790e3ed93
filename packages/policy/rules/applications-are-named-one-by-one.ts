import { TYPES } from "../kubernetes";
import { resourcesOfType, type ResourceRule } from "../rule";

/** An ApplicationSet creates Applications in the cluster, where neither previews nor this pack's rules see them. */
export const applicationsAreNamedOneByOne: ResourceRule = {
  name: "applications-are-named-one-by-one",
  displayName: "Applications are named one by one",
  description:
    "Each Application is a resource of the program or a file of the catalogue, and none is an ApplicationSet's, " +
    "whose Applications reviewers would not see.",
  enforcementLevel: "mandatory",
  severity: "medium",
  remediationSteps: "Declare the service in the GitOps repository: gitops service add.",
  url: "https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Security/",
  validateResource: resourcesOfType(TYPES.applicationSet, (_args, reportViolation) => {
    reportViolation("kind: got an ApplicationSet; expected an Application for each service.");
  }),
};
