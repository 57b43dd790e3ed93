import type { Resource } from "./rule";

/** The Pulumi types of the GitHub resources that rules check. */
export const GITHUB = {
  repository: "github:index/repository:Repository",
  branch: "github:index/branch:Branch",
  deployKey: "github:index/repositoryDeployKey:RepositoryDeployKey",
  environment: "github:index/repositoryEnvironment:RepositoryEnvironment",
  environmentPolicy: "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy",
  file: "github:index/repositoryFile:RepositoryFile",
  ruleset: "github:index/repositoryRuleset:RepositoryRuleset",
  webhook: "github:index/repositoryWebhook:RepositoryWebhook",
} as const;

/** A file that the program writes to the repository. */
export interface RepositoryFile {
  readonly resource: Resource;
  readonly branch: string;
  readonly path: string;
  readonly text: string;
}

/** The files that the stack writes: none into an adopted repository, and none to `main` of a filled one. */
export function repositoryFiles(resources: readonly Resource[]): RepositoryFile[] {
  return resources
    .filter(({ type }) => type === GITHUB.file)
    .map((resource) => {
      const { branch, file, content } = resource.props as { branch: string; file: string; content: string };
      return { resource, branch, path: file, text: content };
    });
}

/** The ref patterns that a ruleset includes and excludes. */
export function refsOf({ props }: Resource): { includes: string[]; excludes: string[] } {
  const { refName } = (props.conditions ?? {}) as { refName?: { includes?: string[]; excludes?: string[] } };
  return { includes: refName?.includes ?? [], excludes: refName?.excludes ?? [] };
}
