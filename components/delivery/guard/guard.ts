import type { IValidatingAdmissionPolicy } from "kubernetes-models/admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy";
import type { IValidatingAdmissionPolicyBinding } from "kubernetes-models/admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding";
import type { IValidatingAdmissionPolicySpec } from "kubernetes-models/admissionregistration.k8s.io/v1/ValidatingAdmissionPolicySpec";
import type { Environment, GuardMode } from "@gitops-platform/environments/environment";
import type { GuardExemptions } from "@gitops-platform/environments/settings/guard";
import { ARGOCD_NAMESPACE } from "../../argocd/installation";
import { ENVIRONMENT_LABEL } from "../../labels";
import { webUrl } from "../target";
import { deliveredPolicy } from "./delivered";
import { argocdPolicy, limitsPolicy, namespacesPolicy } from "./own";

/** What an environment's guard is made for. */
export interface GuardArgs {
  readonly environment: Pick<Environment, "name" | "delivery" | "guard">;
  /** The GitOps repository as Argo CD clones it. */
  readonly repositoryUrl: string;
  readonly exemptions: GuardExemptions;
}

/** A policy, which says what is allowed, and its binding, which says where, and what happens otherwise. */
export interface GuardPart {
  readonly policy: IValidatingAdmissionPolicy;
  readonly binding: IValidatingAdmissionPolicyBinding;
}

// Audit says in the audit log what Warn lets through and Deny does not. Deny and Warn exclude each other.
const ACTIONS: Readonly<Record<Exclude<GuardMode, "off">, ("Deny" | "Warn" | "Audit")[]>> = {
  deny: ["Deny", "Audit"],
  warn: ["Warn", "Audit"],
};

/**
 * The guard: what the API server refuses, or warns of, because no change in Git or of the platform's program made it.
 * The first part protects the label by which the others are bound.
 */
export function guard({ environment, repositoryUrl, exemptions }: GuardArgs): GuardPart[] {
  const { name, guard: mode } = environment;
  if (mode === "off") return [];
  const part = (suffix: string, where: Where, spec: IValidatingAdmissionPolicySpec): GuardPart => {
    const metadata = { name: `gitops-platform-guard-${suffix}`, labels: { [ENVIRONMENT_LABEL]: name } };
    return {
      policy: { apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicy", metadata, spec },
      binding: {
        apiVersion: "admissionregistration.k8s.io/v1",
        kind: "ValidatingAdmissionPolicyBinding",
        metadata,
        spec: {
          policyName: metadata.name,
          validationActions: ACTIONS[mode],
          ...(where.length > 0 && { matchResources: { namespaceSelector: { matchExpressions: [...where] } } }),
        },
      },
    };
  };
  const own = { environment, repositoryUrl, exemptions };
  return [
    part("namespaces", EVERYWHERE, namespacesPolicy(own)),
    part("delivered", SERVICES, deliveredPolicy({ environment: name, pages: webUrl(repositoryUrl), exemptions })),
    part("limits", SERVICES, limitsPolicy(own)),
    part("argocd", ARGOCD, argocdPolicy(own)),
  ];
}

type Where = readonly { readonly key: string; readonly operator: string; readonly values?: string[] }[];

/** The services' namespaces. The policy on namespaces keeps this label where it is. */
const SERVICES: Where = [{ key: ENVIRONMENT_LABEL, operator: "Exists" }];

/** The API server sets this label, and keeps it. */
const ARGOCD: Where = [{ key: "kubernetes.io/metadata.name", operator: "In", values: [ARGOCD_NAMESPACE] }];

const EVERYWHERE: Where = [];
