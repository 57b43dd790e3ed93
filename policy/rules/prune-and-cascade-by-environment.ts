import { specOf } from "../applications";
import { metadata, TYPES } from "../kubernetes";
import { environmentOf, resourcesOfType, show, type ResourceRule } from "../rule";

interface Config {
  environments: Record<string, { prune?: boolean; cascade?: boolean }>;
}

const FINALIZER = "resources-finalizer.argocd.argoproj.io";

/**
 * What a deleted file or a deleted Application takes with it is a decision for each environment, and is the same in
 * each service.
 */
export const pruneAndCascadeByEnvironment: ResourceRule = {
  name: "prune-and-cascade-by-environment",
  displayName: "Deletions go as far as the environment lets them",
  description: "Pruning and cascading deletion are as they were decided for the environment.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps:
    "Set prune and cascade in environments/<environment>.ts, or this rule's configuration where the decision changed.",
  url: "docs/architecture.md",
  configSchema: {
    properties: {
      environments: {
        type: "object",
        additionalProperties: {
          type: "object",
          properties: { prune: { type: "boolean" }, cascade: { type: "boolean" } },
        },
        default: {
          dev: { prune: true, cascade: true },
          staging: { prune: true, cascade: true },
          prod: { prune: true, cascade: false },
        },
        description: "By environment, whether Argo CD deletes what left Git, and a workload with its Application.",
      },
    },
  },
  validateResource: resourcesOfType(TYPES.application, (args, reportViolation) => {
    const decided = args.getConfig<Config>().environments[environmentOf(args)];
    if (!decided) return;
    const { automated } = specOf(args).syncPolicy ?? {};
    const prune = automated?.prune ?? false;
    if (automated && decided.prune !== undefined && prune !== decided.prune) {
      reportViolation(`automated.prune: got ${show(prune)}; expected ${show(decided.prune)}.`);
    }
    if (automated?.allowEmpty === true) {
      reportViolation(
        "automated.allowEmpty: got true; expected nothing: an empty folder would delete the whole service.",
      );
    }
    const cascade = metadata(args).finalizers?.some((name) => name.startsWith(FINALIZER)) ?? false;
    if (decided.cascade !== undefined && cascade !== decided.cascade) {
      reportViolation(`finalizer ${FINALIZER}: got ${show(cascade)}; expected ${show(decided.cascade)}.`);
    }
  }),
};
