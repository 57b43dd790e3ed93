import { isAutomated, sourcesOf, specOf } from "../applications";
import { TYPES } from "../kubernetes";
import { environmentOf, resourcesOfType, show, type ResourceRule } from "../rule";

interface Config {
  environments: string[];
}

/**
 * Whoever moves what an automated Application follows has deployed: so that must be the branch that asks for approval. Its full name, because Argo CD also
 * takes a tag for a short one.
 */
export const productionWaitsForApproval: ResourceRule = {
  name: "production-waits-for-approval",
  displayName: "Production waits for approval",
  description:
    "In production, an Application that syncs by itself follows, by its full name, the branch that only approvals move.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps:
    "Set the environment's delivery in environments/, so that its Applications follow refs/heads/env/<environment>.",
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
    for (const { targetRevision } of sourcesOf(spec)) {
      if (targetRevision === approved) continue;
      reportViolation(`targetRevision: got ${show(targetRevision)}; expected ${show(approved)} beside automated sync.`);
    }
  }),
};
