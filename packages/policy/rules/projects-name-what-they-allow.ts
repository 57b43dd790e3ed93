import { TYPES } from "../kubernetes";
import { formatValue } from "@gitops-platform/contract/values/plain";
import { resourcesOfType, type ResourceRule } from "../rule";

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

/** A project restricts what an Application can deploy; with a wildcard, nobody sees how much is allowed. */
export const projectsNameWhatTheyAllow: ResourceRule = {
  name: "projects-name-what-they-allow",
  displayName: "AppProjects name what they allow",
  description: "An AppProject lists its repositories, destinations and kinds individually, without wildcards.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps: "List what the service needs in components/delivery/project.ts.",
  url: "docs/adr/0004-one-project-per-service-and-environment.md",
  validateResource: resourcesOfType(TYPES.project, (args, reportViolation) => {
    const spec = (args.props.spec ?? {}) as ProjectSpec;
    const entries: [path: string, value: string | undefined][] = [
      ...(spec.sourceRepos ?? []).map((value): [string, string] => ["sourceRepos", value]),
      ...(spec.sourceNamespaces ?? []).map((value): [string, string] => ["sourceNamespaces", value]),
      ...(spec.destinations ?? []).flatMap(({ server, name, namespace }): [string, string | undefined][] => [
        ["destinations.server", server],
        ["destinations.name", name],
        ["destinations.namespace", namespace],
      ]),
      ...kinds("clusterResourceWhitelist", spec.clusterResourceWhitelist),
      ...kinds("namespaceResourceWhitelist", spec.namespaceResourceWhitelist),
    ];
    for (const [path, value] of entries) {
      if (value?.includes("*")) reportViolation(`spec.${path}: got ${formatValue(value)}; expected a name without *.`);
    }
  }),
};

function kinds(path: string, list: Kind[] = []): [string, string | undefined][] {
  return list.flatMap(({ group, kind }): [string, string | undefined][] => [
    [`${path}.group`, group],
    [`${path}.kind`, kind],
  ]);
}
