import { PRODUCTION } from "../environments";
import { GITHUB } from "../github";
import { TYPES } from "../kubernetes";
import { environmentOf, type ResourceRule } from "../rule";

interface Config {
  environments: string[];
  types: string[];
}

/** An accidental `pulumi destroy` or a renamed resource must not delete what production needs. */
export const productionIsProtected: ResourceRule = {
  name: "production-is-protected",
  displayName: "Production is protected from deletion",
  description: "In production, Pulumi protects resources that deployments and their records depend on from deletion.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps: "Remove protect: false from the stack's configuration, and pass protect to the resource.",
  url: "https://www.pulumi.com/docs/iac/concepts/options/protect/",
  configSchema: {
    properties: {
      environments: {
        type: "array",
        items: { type: "string" },
        default: PRODUCTION,
        description: "The environments to protect. Default: those of the stage production.",
      },
      types: {
        type: "array",
        items: { type: "string" },
        default: [
          TYPES.namespace,
          TYPES.definition,
          TYPES.project,
          TYPES.application,
          GITHUB.repository,
          GITHUB.ruleset,
        ],
        description: "Type tokens of the resources to protect.",
      },
    },
  },
  validateResource: (args, reportViolation) => {
    const { environments, types } = args.getConfig<Config>();
    if (!environments.includes(environmentOf(args)) || !types.includes(args.type) || args.opts.protect) return;
    reportViolation("protect: got false; expected true in production.");
  },
};
