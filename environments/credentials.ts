import * as pulumi from "@pulumi/pulumi";
import { environments } from "./catalogue";
import { cloneUrlOf, enterpriseUrl } from "./github-address";
import { HIDDEN, show, suggest, type Problem } from "./problems";
import type { Configuration } from "./schema";

/**
 * What Argo CD reads the repository with: a token; the private half of a deploy key of this repository alone; or a
 * GitHub App, whose tokens last an hour and belong to nobody's account.
 */
export type RepositoryCredential<Secret> =
  | { readonly kind: "token"; readonly token: Secret }
  | { readonly kind: "deployKey"; readonly privateKey: Secret }
  | {
      readonly kind: "app";
      readonly appId: number;
      /** The App's installation in the repository's organisation. */
      readonly installationId: number;
      readonly privateKey: Secret;
      /** GitHub's address where it is not github.com. */
      readonly apiUrl: string | undefined;
    };

/** Checks what Argo CD reads the repository with: one credential, of the kind that the URL takes. */
export function checkReadCredential(configuration: Configuration): Problem[] {
  const { repository, repositoryToken, repositoryKey, repositoryAppKey } = configuration;
  if (!repository) return [];
  const isSsh = cloneUrlOf(repository).startsWith("ssh:");
  const given = Object.entries({ repositoryToken, repositoryKey, repositoryAppKey }).filter(
    ([, value]) => value !== undefined,
  );
  const problems: Problem[] = given.slice(1).map(([key]) => ({
    key,
    got: HIDDEN,
    expected: `nothing beside ${given[0]?.[0] ?? ""}`,
    fix: "Remove one of the two: Argo CD reads the repository with one credential.",
  }));
  if (isSsh && repositoryToken !== undefined) {
    const fix = "Use the repository's https URL: a token is no ssh key.";
    problems.push({ key: "repositoryToken", got: HIDDEN, expected: "no token beside an ssh URL", fix });
  }
  if (isSsh && repositoryAppKey !== undefined) {
    const fix = "Use the repository's https URL: an App's key makes tokens, and is no ssh key.";
    problems.push({ key: "repositoryAppKey", got: HIDDEN, expected: "no App beside an ssh URL", fix });
  }
  if (!isSsh && repositoryKey !== undefined) {
    problems.push({
      key: "repository.url",
      got: show(repository.url),
      expected: "an ssh URL beside repositoryKey",
      fix: `Set it to ssh://git@github.com/${repository.owner}/${repository.name}.git, or to the server of your own.`,
    });
  }
  if ((repositoryAppKey === undefined) !== (repository.reader === undefined)) {
    const [key, expected] =
      repositoryAppKey === undefined
        ? ["repositoryAppKey", "a value beside repository.reader"]
        : ["repository.reader", "appId and installationId beside repositoryAppKey"];
    problems.push({ key, got: "nothing", expected, fix: "Set both, or neither: Argo CD needs all three." });
  }
  return problems;
}

/** Checks the public halves that the owning stack registers. */
export function checkDeployKeys({ deployKeys = {} }: Configuration): Problem[] {
  const names = environments.map(({ name }) => name);
  const seen = new Map<string, string>();
  return Object.entries(deployKeys).flatMap(([name, key]): Problem[] => {
    if (!names.includes(name)) {
      const expected = "the name of an environment";
      return [{ key: `deployKeys.${name}`, got: "a value", expected, fix: suggest(name, names) }];
    }
    const material = key.split(" ", 2).join(" ");
    const other = seen.get(material);
    seen.set(material, name);
    if (other === undefined) return [];
    const fix = "Make one for each cluster: GitHub takes a key once, and one that leaks is then one cluster's.";
    return [{ key: `deployKeys.${name}`, got: `the key of ${other}`, expected: "a key of its own", fix }];
  });
}

/** What Argo CD reads the repository with, its secret part secret; undefined where nothing is configured. */
export function readCredential(
  { repositoryToken, repositoryKey, repositoryAppKey }: Configuration,
  repository: NonNullable<Configuration["repository"]>,
): RepositoryCredential<pulumi.Output<string>> | undefined {
  if (repositoryToken !== undefined) return { kind: "token", token: pulumi.secret(repositoryToken) };
  if (repositoryKey !== undefined) return { kind: "deployKey", privateKey: pulumi.secret(repositoryKey) };
  if (repositoryAppKey === undefined || !repository.reader) return undefined;
  return {
    kind: "app",
    ...repository.reader,
    privateKey: pulumi.secret(repositoryAppKey),
    apiUrl: enterpriseUrl(repository),
  };
}
