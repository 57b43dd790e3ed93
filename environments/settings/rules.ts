import type { Environment } from "../environment";
import type { Problem } from "@gitops-platform/contract/problems";
import { checkAccess } from "./access";
import { checkAddress, checkProtocols } from "./argocd";
import { checkApprovalBranch, checkHandover, effectiveDelivery } from "./delivery";
import { checkNotifications } from "./notifications";
import { checkOwners } from "./owners";
import { checkDeployKeys, checkReadCredential } from "./read-credential";
import { checkReceivers } from "./receivers";
import { checkExisting, checkRepositoryUrl } from "./repository";
import { checkSeed } from "./seed";
import { misplacedSettings, missingSettings } from "./requirements";
import { checkKubeconfigSettings } from "./stack";
import { settingTable, type Configuration } from "./table";
import { checkExposure, checkWebhooks } from "./webhooks";
import { checkWorkflowApps } from "./workflow-apps";

/**
 * Checks rules that involve more than one key: required keys, exclusions and consistency.
 * @param given The keys that are set, also those with an invalid value.
 */
export function checkRules(
  configuration: Configuration,
  given: ReadonlySet<string>,
  environment: Environment,
): Problem[] {
  const owns = ownsRepository(configuration, environment);
  return [
    ...missingSettings(settingTable, configuration, { given, owns }),
    ...checkKubeconfigSettings(configuration),
    ...checkHandover(configuration),
    ...checkApprovalBranch(configuration, environment),
    ...checkNotifications(configuration, effectiveDelivery(environment.delivery, configuration.delivery)),
    ...checkReceivers(configuration),
    ...checkRepositoryUrl(configuration),
    ...checkExisting(configuration),
    ...checkReadCredential(configuration),
    ...(owns ? checkOwningStack(configuration) : misplacedSettings(settingTable, configuration)),
    ...checkWebhooks(configuration, environment, owns),
    ...checkExposure(configuration, environment),
    ...checkAddress(configuration, { guard: configuration.guard?.mode ?? environment.guard }),
    ...checkProtocols(configuration),
    ...checkAccess(configuration),
  ];
}

/** Whether this stack owns the GitOps repository. */
export function ownsRepository({ repository }: Configuration, environment: Environment): boolean {
  return repository?.manage ?? environment.manageRepository;
}

function checkOwningStack(configuration: Configuration): Problem[] {
  return [
    ...checkSeed(configuration),
    ...checkWorkflowApps(configuration),
    ...checkOwners(configuration),
    ...checkDeployKeys(configuration),
  ];
}
