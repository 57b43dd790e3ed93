import {
  type Applied,
  type ApplyOptions,
  type Diff,
  type Inputs,
  type Provider,
  type ProviderFactory,
  type ResourceState,
  UNKNOWN,
} from "../../model/provider";
import { changedPaths, containsUnknown, isWithin } from "../../model/values";
import { GitHub, GitHubError, readOptions } from "./rest";
import type { ResourceKind } from "./resource-kind";
import {
  actionsEnvironmentSecret,
  actionsVariable,
  repositoryEnvironment,
  repositoryEnvironmentDeploymentPolicy,
} from "./environments";
import { branch, repositoryFile } from "./contents";
import { branchDefault, repository } from "./repository";
import { repositoryDeployKey, repositoryWebhook, teamRepository } from "./access";
import { repositoryRuleset } from "./rulesets";

/** The supported resource types, by type token. */
const RESOURCE_KINDS: Partial<Record<string, ResourceKind>> = {
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

/** Creates the provider of a `pulumi:providers:github` resource. */
export const githubProvider: ProviderFactory = (inputs) =>
  Promise.resolve().then(() => new GitHubProvider(new GitHub(readOptions(inputs))));

/**
 * Manages GitHub repositories and their contents over the REST API. Types and inputs mean the same as in Pulumi's
 * GitHub provider.
 */
class GitHubProvider implements Provider {
  constructor(readonly github: GitHub) {}

  diff(type: string, old: ResourceState, inputs: Inputs): Promise<Diff> {
    const kind = kindOf(type, inputs);
    const paths = changedPaths({ ...kind.defaults, ...old.inputs }, { ...kind.defaults, ...inputs });
    const replaced = paths.some((path) => kind.replaceOn.some((property) => isWithin(path, property)));
    const change = paths.length === 0 ? "none" : replaced ? "replace" : "update";
    return Promise.resolve({ change, paths });
  }

  async create(type: string, inputs: Inputs, { preview }: ApplyOptions): Promise<Applied> {
    const kind = kindOf(type, inputs);
    const complete = { ...kind.defaults, ...inputs };
    if (!preview) return withTypeInErrors(type, async () => kind.create(this.github, complete));
    const computed = Object.fromEntries(kind.computed.map((key) => [key, UNKNOWN]));
    return { id: "", outputs: { ...computed, ...complete } };
  }

  async update(type: string, old: ResourceState, inputs: Inputs, { preview }: ApplyOptions): Promise<Applied> {
    const kind = kindOf(type, inputs);
    const complete = { ...kind.defaults, ...inputs };
    if (preview) return { id: old.id, outputs: { ...old.outputs, ...complete } };
    return withTypeInErrors(type, async () => kind.update(this.github, old, complete));
  }

  async read(type: string, id: string, inputs: Inputs): Promise<Applied | undefined> {
    const kind = kindOf(type, inputs);
    const complete = { ...kind.defaults, ...inputs };
    return withTypeInErrors(type, async () => {
      const found = id === "" ? await kind.find(this.github, complete) : id;
      return found === undefined ? undefined : kind.read(this.github, found, complete);
    });
  }

  /** Only in what {@link read} asks GitHub for: it takes the rest from the inputs. */
  differences(_type: string, { outputs }: Applied, inputs: Inputs): Promise<string[]> {
    if (containsUnknown(inputs)) return Promise.resolve([]);
    return Promise.resolve(Object.keys(inputs).flatMap((key) => changedPaths(outputs[key], inputs[key], key)));
  }

  async delete(type: string, state: ResourceState): Promise<void> {
    await withTypeInErrors(type, async () => {
      try {
        await kindOf(type, {}).delete(this.github, state);
      } catch (error) {
        const gone = error instanceof GitHubError && error.status === 404;
        // An archived repository is read-only, so its contents are kept.
        const archived = error instanceof GitHubError && error.status === 403 && /archived/i.test(error.message);
        if (!gone && !archived) throw error;
      }
    });
  }
}

/** Looks up a type. Throws if the type or one of the inputs is not supported, or a required input is missing. */
function kindOf(type: string, inputs: Inputs): ResourceKind {
  const kind = RESOURCE_KINDS[type];
  if (!kind) {
    throw new Error(
      `${type}: the local engine does not support this type. It supports: ${Object.keys(RESOURCE_KINDS).join(", ")}.`,
    );
  }
  for (const [key, value] of Object.entries(inputs)) {
    if (value === undefined || kind.inputs.includes(key)) continue;
    throw new Error(
      `${type}: ${key}: the local engine does not support this input. It supports: ${kind.inputs.join(", ")}.`,
    );
  }
  if (Object.keys(inputs).length > 0) {
    const missing = kind.required.filter((key) => inputs[key] === undefined || inputs[key] === "");
    if (missing.length > 0)
      throw new Error(`${type}: ${missing.join(", ")}: got none; expected a value. Set it in the program.`);
  }
  return kind;
}

async function withTypeInErrors<T>(type: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof GitHubError)
      throw new GitHubError(error.status, `${type.split(":").at(-1) ?? type}: ${error.message}`);
    throw error;
  }
}
