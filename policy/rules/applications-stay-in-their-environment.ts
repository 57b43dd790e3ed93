import { sourcesOf, specOf } from "../applications";
import { ENVIRONMENT_LABEL, metadata, TYPES } from "../kubernetes";
import { environmentOf, show, stacksWith, type StackRule } from "../rule";

/** A project of another environment, or none of this stack's, would let an Application reach what is not its own. */
export const applicationsStayInTheirEnvironment: StackRule = {
  name: "applications-stay-in-their-environment",
  displayName: "Applications stay in their environment",
  description: "An Application is in an AppProject of its own environment, and reads that environment's values.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps: "Take project and values from the same environment: components/delivery/target.ts names both.",
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
        reportViolation(`spec.project: got ${show(project)}; expected ${rule}.`, resource.urn);
      }
      for (const file of sourcesOf(spec).flatMap(({ helm }) => helm?.valueFiles ?? [])) {
        if (file.startsWith(`/environments/${environment}/`)) continue;
        reportViolation(
          `valueFiles: got ${show(file)}; expected a file below /environments/${environment}/.`,
          resource.urn,
        );
      }
    }
  }),
};
