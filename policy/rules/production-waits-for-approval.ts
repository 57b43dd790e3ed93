import { MANIFESTS, MANIFESTS_FILE } from "../../environments/manifests";
import { isAutomated, type Source, sourcesOf, specOf } from "../applications";
import { TYPES } from "../kubernetes";
import { environmentOf, resourcesOfType, show, type ResourceRule } from "../rule";

interface Config {
  environments: string[];
}

/**
 * Anyone who moves what an automated Application follows has deployed: so that must be the branch that asks for
 * approval. Its full name, because Argo CD also takes a tag for a short one. What it applies must be the manifests that
 * were approved, and not what it renders.
 */
export const productionWaitsForApproval: ResourceRule = {
  name: "production-waits-for-approval",
  displayName: "Production waits for approval",
  description:
    "In production, an Application that syncs by itself follows, by its full name, the branch that only approvals move, " +
    "and applies the manifests there.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps:
    "Set the environment's delivery in environments/, so that its Applications apply manifests/ of " +
    "refs/heads/env/<environment>.",
  url: "docs/adr/0001-production-waits-and-heals.md",
  configSchema: {
    properties: {
      environments: {
        type: "array",
        items: { type: "string" },
        default: ["prod"],
        description: "The environments whose changes wait for approval.",
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
        const got = show(source.targetRevision);
        reportViolation(`targetRevision: got ${got}; expected ${show(approved)} beside automated sync.`);
      }
      for (const problem of renderingProblems(source)) reportViolation(problem);
    }
    if (spec.sourceHydrator) {
      reportViolation("sourceHydrator: got one; expected none: it pushes what nobody approved.");
    }
  }),
};

/** What would have Argo CD make manifests, or read others than one file of `manifests/`. */
function renderingProblems({ path, directory, ...source }: Source): string[] {
  const renderers = RENDERERS.filter((key) => source[key] !== undefined);
  const { include, ...more } = directory ?? {};
  const others = Object.entries(more).filter(([, value]) => value !== false);
  const isOwn = path !== undefined && new RegExp(`^${MANIFESTS}/[^/]+$`).test(path);
  return [
    ...renderers.map((key) => `${key}: got one; expected none: manifests are rendered before they are approved.`),
    ...(isOwn ? [] : [`path: got ${show(path)}; expected ${MANIFESTS}/<service>.`]),
    // Without it Argo CD looks for Helm and Kustomize by the names of files.
    ...(include === MANIFESTS_FILE
      ? []
      : [`directory.include: got ${show(include)}; expected ${show(MANIFESTS_FILE)}.`]),
    ...others.map(([key]) => `directory.${key}: got a value; expected none.`),
  ];
}

const RENDERERS = ["chart", "helm", "kustomize", "plugin"] as const satisfies (keyof Source)[];
