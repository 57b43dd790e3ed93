import { TYPES } from "../kubernetes";
import { resourcesOfType, show, type ResourceRule } from "../rule";

interface Kind {
  group?: string;
  kind?: string;
}

interface ProjectSpec {
  sourceRepos?: string[];
  sourceNamespaces?: string[];
  destinations?: { server?: string; name?: string; namespace?: string }[];
  clusterResourceWhitelist?: Kind[];
  namespaceResourceWhitelist?: Kind[];
}

/** A project is the wall around a service's Application; a wildcard is a hole in it whose size nobody sees. */
export const projectsNameWhatTheyAllow: ResourceRule = {
  name: "projects-name-what-they-allow",
  displayName: "AppProjects name what they allow",
  description: "An AppProject names its repositories, destinations and kinds one by one, without wildcards.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps: "Write out what the service needs in components/delivery/project.ts.",
  url: "docs/adr/0004-one-project-per-service-and-environment.md",
  validateResource: resourcesOfType(TYPES.project, (args, reportViolation) => {
    const spec = (args.props.spec ?? {}) as ProjectSpec;
    const texts: [path: string, text: string | undefined][] = [
      ...(spec.sourceRepos ?? []).map((text): [string, string] => ["sourceRepos", text]),
      ...(spec.sourceNamespaces ?? []).map((text): [string, string] => ["sourceNamespaces", text]),
      ...(spec.destinations ?? []).flatMap(({ server, name, namespace }): [string, string | undefined][] => [
        ["destinations.server", server],
        ["destinations.name", name],
        ["destinations.namespace", namespace],
      ]),
      ...kinds("clusterResourceWhitelist", spec.clusterResourceWhitelist),
      ...kinds("namespaceResourceWhitelist", spec.namespaceResourceWhitelist),
    ];
    for (const [path, text] of texts) {
      if (text?.includes("*")) reportViolation(`spec.${path}: got ${show(text)}; expected a name without *.`);
    }
  }),
};

function kinds(path: string, list: Kind[] = []): [string, string | undefined][] {
  return list.flatMap(({ group, kind }): [string, string | undefined][] => [
    [`${path}.group`, group],
    [`${path}.kind`, kind],
  ]);
}
