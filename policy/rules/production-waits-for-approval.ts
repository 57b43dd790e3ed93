import { isAutomated, sourcesOf, specOf } from "../applications";
import { TYPES } from "../kubernetes";
import { environmentOf, resourcesOfType, show, type ResourceRule } from "../rule";

interface Config {
  environments: string[];
}

/** Whatever moves the branch that an automated Application follows has deployed: so that branch must ask for approval. */
export const productionWaitsForApproval: ResourceRule = {
  name: "production-waits-for-approval",
  displayName: "Production waits for approval",
  description: "In production, an Application that syncs by itself follows the branch that only approvals move.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps:
    "Set the environment's delivery in environments/, so that its Applications follow env/<environment>.",
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
    const approved = `env/${environment}`;
    for (const { targetRevision } of sourcesOf(spec)) {
      if (targetRevision === approved || targetRevision === `refs/heads/${approved}`) continue;
      reportViolation(`targetRevision: got ${show(targetRevision)}; expected ${show(approved)} beside automated sync.`);
    }
  }),
};
