import type { Rule } from "../rule";
import { applicationsAreNamedOneByOne } from "./applications-are-named-one-by-one";
import { applicationsStayInTheirEnvironment } from "./applications-stay-in-their-environment";
import { approvalRecordsAreKept } from "./approval-records-are-kept";
import { argocdAccessIsClosed } from "./argocd-access-is-closed";
import { argocdIsThePinnedRelease } from "./argocd-is-the-pinned-release";
import { argocdKeepsItsPromises } from "./argocd-keeps-its-promises";
import { argocdNamespaceIsClosed } from "./argocd-namespace-is-closed";
import { branchesAreProtected } from "./branches-are-protected";
import { codeOwnersCoverWhatDecides } from "./code-owners-cover-what-decides";
import { containersAreConfined } from "./containers-are-confined";
import { defaultProjectIsClosed } from "./default-project-is-closed";
import { deployKeysOnlyRead } from "./deploy-keys-only-read";
import { driftHealsOrAlerts } from "./drift-heals-or-alerts";
import { namespacesAreGuarded } from "./namespaces-are-guarded";
import { namespacesConfineServices } from "./namespaces-confine-services";
import { noSecretInPlainText } from "./no-secret-in-plain-text";
import { productionIsProtected } from "./production-is-protected";
import { productionWaitsForApproval } from "./production-waits-for-approval";
import { projectsNameWhatTheyAllow } from "./projects-name-what-they-allow";
import { pruneAndCascadeByEnvironment } from "./prune-and-cascade-by-environment";
import { rulesetsBindEveryone } from "./rulesets-bind-everyone";
import { secretsStayInSecrets } from "./secrets-stay-in-secrets";
import { selfHealCanAct } from "./self-heal-can-act";
import { stagingMirrorsProduction } from "./staging-mirrors-production";
import { syncWindowsLetHealingThrough } from "./sync-windows-let-healing-through";
import { webhooksAreSigned } from "./webhooks-are-signed";
import { workflowKeysStayOnMain } from "./workflow-keys-stay-on-main";

/** Every rule of the pack. */
export const rules: Rule[] = [
  applicationsAreNamedOneByOne,
  applicationsStayInTheirEnvironment,
  approvalRecordsAreKept,
  argocdAccessIsClosed,
  argocdIsThePinnedRelease,
  argocdKeepsItsPromises,
  argocdNamespaceIsClosed,
  branchesAreProtected,
  codeOwnersCoverWhatDecides,
  containersAreConfined,
  defaultProjectIsClosed,
  deployKeysOnlyRead,
  driftHealsOrAlerts,
  namespacesAreGuarded,
  namespacesConfineServices,
  noSecretInPlainText,
  productionIsProtected,
  productionWaitsForApproval,
  projectsNameWhatTheyAllow,
  pruneAndCascadeByEnvironment,
  rulesetsBindEveryone,
  secretsStayInSecrets,
  selfHealCanAct,
  stagingMirrorsProduction,
  syncWindowsLetHealingThrough,
  webhooksAreSigned,
  workflowKeysStayOnMain,
];
