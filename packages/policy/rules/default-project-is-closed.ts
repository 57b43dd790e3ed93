import { ARGOCD_NAMESPACE, metadata, TYPES } from "../kubernetes";
import type { StackRule } from "../rule";

interface ProjectSpec {
  sourceRepos?: string[];
  destinations?: unknown[];
  clusterResourceWhitelist?: unknown[];
  namespaceResourceWhitelist?: unknown[];
  namespaceResourceBlacklist?: { group?: string; kind?: string }[];
}

const ALLOWED = ["sourceRepos", "destinations", "clusterResourceWhitelist", "namespaceResourceWhitelist"] as const;

/** If there is no project `default`, argocd-server creates one that allows everything. */
export const defaultProjectIsClosed: StackRule = {
  name: "default-project-is-closed",
  displayName: "The project default is closed",
  description: "A stack that installs Argo CD creates an AppProject default that allows nothing.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps: "Keep the closed project in components/argocd/installation.ts.",
  url: "https://argo-cd.readthedocs.io/en/stable/user-guide/projects/#the-default-project",
  validateStack: ({ resources }, reportViolation) => {
    const argocd = resources.find(
      ({ type, props }) => type === TYPES.namespace && metadata({ props }).name === ARGOCD_NAMESPACE,
    );
    if (!argocd) return;
    const project = resources.find(({ type, props }) => {
      const { name, namespace } = metadata({ props });
      return type === TYPES.project && name === "default" && namespace === ARGOCD_NAMESPACE;
    });
    if (!project) {
      reportViolation(
        "AppProject default: got none; expected a closed one, because otherwise argocd-server creates an open one.",
        argocd.urn,
      );
      return;
    }
    const spec = (project.props.spec ?? {}) as ProjectSpec;
    for (const key of ALLOWED) {
      if ((spec[key] ?? []).length > 0)
        reportViolation(`spec.${key}: got entries; expected an empty list.`, project.urn);
    }
    if (!spec.namespaceResourceBlacklist?.some(({ group, kind }) => group === "*" && kind === "*")) {
      reportViolation(
        "spec.namespaceResourceBlacklist: got no */*; expected it, so that no kind is allowed.",
        project.urn,
      );
    }
  },
};
