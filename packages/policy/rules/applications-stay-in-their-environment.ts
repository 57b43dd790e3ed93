import { sourcesOf, specOf } from "../applications";
import { ENVIRONMENT_LABEL, metadata, TYPES } from "../kubernetes";
import { formatValue } from "@gitops-platform/contract/values/plain";
import { environmentOf, stacksWith, type StackRule } from "../rule";

/** The project of another environment or stack would let an Application deploy outside its environment. */
export const applicationsStayInTheirEnvironment: StackRule = {
  name: "applications-stay-in-their-environment",
  displayName: "Applications stay in their environment",
  description: "An Application belongs to an AppProject of its own environment, and uses that environment's values.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps: "Use the project and the values of the same environment: components/delivery/target.ts sets both.",
  url: "docs/adr/0004-one-project-per-service-and-environment.md",
  validateStack: stacksWith(TYPES.application, ({ resources }, reportViolation) => {
    const projects = new Map(
      resources
        .filter(({ type }) => type === TYPES.project)
        .map((resource) => {
          const { name, labels } = metadata(resource);
          return [name, labels?.[ENVIRONMENT_LABEL]];
        }),
    );
    for (const resource of resources.filter(({ type }) => type === TYPES.application)) {
      const environment = environmentOf(resource);
      const spec = specOf(resource);
      const { project } = spec;
      if (projects.get(project) !== environment) {
        const rule = `an AppProject of this stack with the label ${ENVIRONMENT_LABEL}: ${environment}`;
        reportViolation(`spec.project: got ${formatValue(project)}; expected ${rule}.`, resource.urn);
      }
      for (const file of sourcesOf(spec).flatMap(({ helm }) => helm?.valueFiles ?? [])) {
        if (file.startsWith(`/environments/${environment}/`)) continue;
        reportViolation(
          `valueFiles: got ${formatValue(file)}; expected a file below /environments/${environment}/.`,
          resource.urn,
        );
      }
    }
  }),
};
