import { sourcesOf, specOf } from "../applications";
import { isEmptySource } from "../catalogue";
import { byStage } from "../environments";
import { metadata, TYPES } from "../kubernetes";
import { formatValue } from "@gitops-platform/contract/values/plain";
import { environmentOf, resourcesOfType, type ResourceRule } from "../rule";

interface Config {
  environments: Record<string, { prune?: boolean; cascade?: boolean }>;
}

const FINALIZER = "resources-finalizer.argocd.argoproj.io";

/**
 * Each environment defines what Argo CD deletes when a file or an Application is deleted, and all its services must
 * behave the same.
 */
export const pruneAndCascadeByEnvironment: ResourceRule = {
  name: "prune-and-cascade-by-environment",
  displayName: "Pruning and cascading deletion match the environment",
  description: "Pruning and cascading deletion are set as configured for the environment.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps:
    "Set prune and cascade in environments/<environment>.ts, or change this rule's configuration if it is outdated.",
  url: "docs/architecture.md",
  configSchema: {
    properties: {
      environments: {
        type: "object",
        additionalProperties: {
          type: "object",
          properties: { prune: { type: "boolean" }, cascade: { type: "boolean" } },
        },
        default: byStage({
          development: { prune: true, cascade: true },
          staging: { prune: true, cascade: true },
          production: { prune: true, cascade: false },
        }),
        description:
          "By environment, whether Argo CD deletes objects that were removed from Git (prune), and workloads with " +
          "their Application (cascade).",
      },
    },
  },
  validateResource: resourcesOfType(TYPES.application, (args, reportViolation) => {
    const required = args.getConfig<Config>().environments[environmentOf(args)];
    if (!required) return;
    const spec = specOf(args);
    const { automated } = spec.syncPolicy ?? {};
    const prune = automated?.prune ?? false;
    if (automated && required.prune !== undefined && prune !== required.prune) {
      reportViolation(`automated.prune: got ${formatValue(prune)}; expected ${formatValue(required.prune)}.`);
    }
    // Argo CD deletes a retired service's workload because its source is empty.
    const isRetired = sourcesOf(spec).some((source) => isEmptySource(source, args));
    if (automated?.allowEmpty === true && !isRetired) {
      reportViolation(
        "automated.allowEmpty: got true; expected false, because an empty folder would delete the whole service.",
      );
    }
    const cascade = metadata(args).finalizers?.some((name) => name.startsWith(FINALIZER)) ?? false;
    if (required.cascade !== undefined && cascade !== required.cascade) {
      reportViolation(
        `finalizer ${FINALIZER}: got ${formatValue(cascade)}; expected ${formatValue(required.cascade)}.`,
      );
    }
  }),
};
