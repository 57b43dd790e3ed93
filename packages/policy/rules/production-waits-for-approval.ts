import { MANIFESTS, MANIFESTS_FILE } from "@gitops-platform/contract/paths";
import { isAutomated, type Source, sourcesOf, specOf } from "../applications";
import { CATALOGUE_FILES, catalogueFolder, isCatalogueApplication, isEmptySource } from "../catalogue";
import { PRODUCTION } from "../environments";
import { TYPES } from "../kubernetes";
import { formatValue } from "@gitops-platform/contract/values/plain";
import { environmentOf, type Resource, resourcesOfType, type ResourceRule } from "../rule";

interface Config {
  environments: string[];
}

/**
 * Anyone who can move the ref that an automated Application follows can deploy, so that ref must be the branch that
 * requires approval. It must be the full ref name, because Argo CD resolves a short name also to a tag. The Application
 * must apply the manifests that were approved, and not render others.
 */
export const productionWaitsForApproval: ResourceRule = {
  name: "production-waits-for-approval",
  displayName: "Production waits for approval",
  description:
    "In production, an Application with automated sync follows the full ref of the branch that changes only by " +
    "approved pull requests, and applies the manifests there, or as the catalogue the services there.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps:
    "Set the environment's delivery in environments/, so that its Applications apply manifests/ and delivery/ of " +
    "refs/heads/env/<environment>.",
  url: "docs/adr/0001-production-waits-and-heals.md",
  configSchema: {
    properties: {
      environments: {
        type: "array",
        items: { type: "string" },
        default: PRODUCTION,
        description: "The environments whose changes require approval. Default: those of the stage production.",
      },
    },
  },
  validateResource: resourcesOfType(TYPES.application, (args, reportViolation) => {
    const spec = specOf(args);
    const environment = environmentOf(args);
    if (!args.getConfig<Config>().environments.includes(environment) || !isAutomated(spec)) return;
    const approved = `refs/heads/env/${environment}`;
    for (const source of sourcesOf(spec)) {
      if (source.targetRevision !== approved) {
        const got = formatValue(source.targetRevision);
        reportViolation(`targetRevision: got ${got}; expected ${formatValue(approved)} with automated sync.`);
      }
      // A retired service has no manifests to apply.
      if (isEmptySource(source, args)) continue;
      for (const problem of renderingProblems(source, readsOf(args))) reportViolation(problem);
    }
    if (spec.sourceHydrator) {
      reportViolation("sourceHydrator: got one; expected none, because it pushes manifests that nobody approved.");
    }
  }),
};

/** What an Application may read: the folder, as a person names it, and the files there. */
interface Reads {
  readonly folder: string;
  readonly isFolder: (path: string) => boolean;
  readonly files: string;
}

function readsOf(application: Resource): Reads {
  if (isCatalogueApplication(application)) {
    const folder = catalogueFolder(application);
    return { folder, isFolder: (path) => path === folder, files: CATALOGUE_FILES };
  }
  const isFolder = (path: string) => new RegExp(`^${MANIFESTS}/[^/]+$`).test(path);
  return { folder: `${MANIFESTS}/<service>`, isFolder, files: MANIFESTS_FILE };
}

/** Finds settings with which Argo CD would render manifests, or read other files than those that were approved. */
function renderingProblems({ path, directory, ...source }: Source, { folder, isFolder, files }: Reads): string[] {
  const renderers = RENDERERS.filter((key) => source[key] !== undefined);
  const { include, ...more } = directory ?? {};
  const others = Object.entries(more).filter(([, value]) => value !== false);
  return [
    ...renderers.map((key) => `${key}: got one; expected none, because manifests are rendered before their approval.`),
    ...(path !== undefined && isFolder(path) ? [] : [`path: got ${formatValue(path)}; expected ${folder}.`]),
    // Without it, Argo CD detects Helm and Kustomize by file names.
    ...(include === files ? [] : [`directory.include: got ${formatValue(include)}; expected ${formatValue(files)}.`]),
    ...others.map(([key]) => `directory.${key}: got a value; expected none.`),
  ];
}

const RENDERERS = ["chart", "helm", "kustomize", "plugin"] as const satisfies (keyof Source)[];
