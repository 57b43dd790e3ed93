import { posix } from "node:path";
import { DELIVERY } from "@gitops-platform/contract/catalogue";
import { sourcesOf, specOf } from "../applications";
import { catalogueFolder, catalogueProject, isCatalogueApplication, isEmptySource } from "../catalogue";
import { ENVIRONMENT_LABEL, metadata, TYPES } from "../kubernetes";
import { formatValue } from "@gitops-platform/contract/values/plain";
import { environmentOf, type Resource, stacksWith, type StackRule } from "../rule";

/** The project of another environment or stack would let an Application deploy outside its environment. */
export const applicationsStayInTheirEnvironment: StackRule = {
  name: "applications-stay-in-their-environment",
  displayName: "Applications stay in their environment",
  description:
    "An Application belongs to an AppProject of its own environment, and uses that environment's values. The " +
    "catalogue's alone belongs to the catalogue's AppProject, and applies that environment's folder of delivery/.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps:
    "Use the project and the values of the same environment: components/delivery/target.ts sets both, and " +
    "components/delivery/root.ts those of the catalogue.",
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
      for (const problem of catalogueProblems(resource)) reportViolation(problem, resource.urn);
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

/** The catalogue's project permits AppProjects and Applications, so no other Application may use it or their files. */
function catalogueProblems(resource: Resource): string[] {
  const spec = specOf(resource);
  const [project, folder] = [catalogueProject(resource), catalogueFolder(resource)];
  const paths = sourcesOf(spec).map(({ path }) => path);
  if (!isCatalogueApplication(resource)) {
    const others = sourcesOf(spec)
      .filter((source) => !isEmptySource(source, resource))
      .flatMap(({ path }) => (path !== undefined && isWithinDelivery(path) ? [path] : []));
    return [
      ...(spec.project === project
        ? [`spec.project: got ${formatValue(project)}; expected a project of its own.`]
        : []),
      ...others.map(
        (path) => `path: got ${formatValue(path)}; expected none of ${DELIVERY}/, which is the catalogue's.`,
      ),
    ];
  }
  return [
    ...(spec.project === project
      ? []
      : [`spec.project: got ${formatValue(spec.project)}; expected ${formatValue(project)} for the catalogue.`]),
    ...paths
      .filter((path) => path !== folder)
      .map((path) => `path: got ${formatValue(path)}; expected ${formatValue(folder)} for the catalogue.`),
  ];
}

/** Argo CD cleans a path before it reads the folder. */
function isWithinDelivery(path: string): boolean {
  const [first] = posix
    .normalize(`/${path}`)
    .split("/")
    .filter((part) => part !== "");
  return first === undefined || first === DELIVERY;
}
