import type { ResourceKind } from "../resource-kind";
import { actionsEnvironmentSecret } from "./actions-environment-secret";
import { actionsVariable } from "./actions-variable";
import { branch } from "./branch";
import { branchDefault } from "./branch-default";
import { repository } from "./repository";
import { repositoryDeployKey } from "./repository-deploy-key";
import { repositoryEnvironment } from "./repository-environment";
import { repositoryEnvironmentDeploymentPolicy } from "./repository-environment-deployment-policy";
import { repositoryFile } from "./repository-file";
import { repositoryRuleset } from "./repository-ruleset";
import { repositoryWebhook } from "./repository-webhook";
import { teamRepository } from "./team-repository";

/** The supported resource types, by type token. */
export const RESOURCE_KINDS: Partial<Record<string, ResourceKind>> = {
  "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret": actionsEnvironmentSecret,
  "github:index/actionsVariable:ActionsVariable": actionsVariable,
  "github:index/branch:Branch": branch,
  "github:index/branchDefault:BranchDefault": branchDefault,
  "github:index/repository:Repository": repository,
  "github:index/repositoryDeployKey:RepositoryDeployKey": repositoryDeployKey,
  "github:index/repositoryEnvironment:RepositoryEnvironment": repositoryEnvironment,
  "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy":
    repositoryEnvironmentDeploymentPolicy,
  "github:index/repositoryFile:RepositoryFile": repositoryFile,
  "github:index/repositoryRuleset:RepositoryRuleset": repositoryRuleset,
  "github:index/repositoryWebhook:RepositoryWebhook": repositoryWebhook,
  "github:index/teamRepository:TeamRepository": teamRepository,
};
