import { permittedKinds, PROFILE_NAMES, qualifiedKind } from "@gitops-platform/environments/profiles";
import { catalogueProject } from "../catalogue";
import { IN_CLUSTER, metadata, TYPES } from "../kubernetes";
import { formatValue } from "@gitops-platform/contract/values/plain";
import { resourcesOfType, type ResourceRule } from "../rule";

interface Kind {
  group?: string;
  kind?: string;
  name?: string;
}

interface Destination {
  server?: string;
  name?: string;
  namespace?: string;
}

interface ProjectSpec {
  sourceRepos?: string[];
  sourceNamespaces?: string[];
  destinations?: Destination[];
  clusterResourceWhitelist?: Kind[];
  clusterResourceBlacklist?: Kind[];
  namespaceResourceWhitelist?: Kind[];
}

type Entry = [path: string, value: string | undefined];

/** A project restricts what an Application can deploy; with a wildcard, nobody sees how much is allowed. */
export const projectsNameWhatTheyAllow: ResourceRule = {
  name: "projects-name-what-they-allow",
  displayName: "AppProjects name what they allow",
  description:
    "An AppProject lists its repositories, destinations and kinds individually, without wildcards and deny patterns. " +
    "Its kinds are those of one profile, and none of them is of the cluster. The catalogue's may apply a service's " +
    "own objects to every namespace but the cluster's.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps:
    "List what the service needs in components/delivery/project.ts, its kinds in environments/profiles.ts, and what " +
    "the catalogue needs in components/delivery/root.ts.",
  url: "docs/adr/0004-one-project-per-service-and-environment.md",
  validateResource: resourcesOfType(TYPES.project, (args, reportViolation) => {
    const spec = (args.props.spec ?? {}) as ProjectSpec;
    const isCatalogue = metadata(args).name === catalogueProject(args);
    for (const [path, value] of isCatalogue ? sources(spec) : [...sources(spec), ...targets(spec)]) {
      if (value !== undefined && /[*?[{!]/.test(value)) {
        reportViolation(`spec.${path}: got ${formatValue(value)}; expected a name without a pattern.`);
      }
    }
    // A rule of its own keeps the project default closed.
    if (!isCatalogue && metadata(args).name === "default") return;
    if (!isCatalogue) {
      for (const problem of kindProblems(spec)) reportViolation(problem);
      return;
    }
    for (const [key, expected] of Object.entries(CATALOGUE_ALLOWS)) {
      const got = (spec[key as keyof typeof CATALOGUE_ALLOWS] ?? []).map(describe).sort();
      if (JSON.stringify(got) === JSON.stringify(expected)) continue;
      reportViolation(`spec.${key}: got ${formatValue(got)}; expected ${formatValue(expected)} for the catalogue.`);
    }
  }),
};

/** What no profile gives a project. Argo CD takes a missing list of a namespace's kinds for all of them. */
function kindProblems({ clusterResourceWhitelist = [], namespaceResourceWhitelist }: ProjectSpec): string[] {
  const got = namespaceResourceWhitelist?.map(({ group = "", kind = "" }) => qualifiedKind({ group, kind }));
  const beyond = PROFILE_NAMES.map((profile) => {
    const permitted = permittedKinds(profile).map(qualifiedKind);
    return got?.filter((kind) => !permitted.includes(kind)) ?? [];
  });
  const least = beyond.reduce((one, other) => (other.length < one.length ? other : one));
  return [
    ...clusterResourceWhitelist.map(
      (kind) => `spec.clusterResourceWhitelist: got ${describe(kind)}; expected no kind.`,
    ),
    ...(got
      ? []
      : ["spec.namespaceResourceWhitelist: got nothing, which allows every kind; expected a profile's kinds."]),
    ...least.map(
      (kind) => `spec.namespaceResourceWhitelist: got ${kind}; expected kinds of one of ${PROFILE_NAMES.join(", ")}.`,
    ),
  ];
}

/**
 * All that the catalogue's project allows, as {@link describe} shows it, sorted. A deny pattern permits every namespace
 * that it does not match, and Argo CD's has to be permitted for the AppProjects and Applications.
 */
const CATALOGUE_ALLOWS = {
  destinations: [`${IN_CLUSTER} !default`, `${IN_CLUSTER} !kube-*`],
  clusterResourceWhitelist: ["/Namespace"],
  clusterResourceBlacklist: ["/Namespace argocd", "/Namespace default", "/Namespace kube-*"],
  namespaceResourceWhitelist: [
    "/LimitRange",
    "/ResourceQuota",
    "argoproj.io/AppProject",
    "argoproj.io/Application",
    "networking.k8s.io/NetworkPolicy",
  ],
};

function describe({ server, namespace, group, kind, name }: Kind & Destination): string {
  const parts = kind === undefined ? [server, namespace] : [`${group ?? ""}/${kind}`];
  return [...parts, name].filter((part) => part !== undefined).join(" ");
}

function sources({ sourceRepos = [], sourceNamespaces = [] }: ProjectSpec): Entry[] {
  return [
    ...sourceRepos.map((value): Entry => ["sourceRepos", value]),
    ...sourceNamespaces.map((value): Entry => ["sourceNamespaces", value]),
  ];
}

function targets(spec: ProjectSpec): Entry[] {
  return [
    ...(spec.destinations ?? []).flatMap(({ server, name, namespace }): Entry[] => [
      ["destinations.server", server],
      ["destinations.name", name],
      ["destinations.namespace", namespace],
    ]),
    ...kinds("clusterResourceWhitelist", spec.clusterResourceWhitelist),
    ...kinds("namespaceResourceWhitelist", spec.namespaceResourceWhitelist),
  ];
}

function kinds(path: string, list: Kind[] = []): Entry[] {
  return list.flatMap(({ group, kind, name }): Entry[] => [
    [`${path}.group`, group],
    [`${path}.kind`, kind],
    [`${path}.name`, name],
  ]);
}
