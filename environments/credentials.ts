import * as pulumi from "@pulumi/pulumi";
import { environments } from "./catalogue";
import { cloneUrlOf, enterpriseUrl } from "./github-url";
import { HIDDEN, show, suggest, type Problem } from "./problems";
import type { Configuration } from "./schema";

/**
 * Argo CD's read credential for the repository: a token; the private key of a deploy key, which is valid for this
 * repository only; or a GitHub App, whose tokens last an hour and do not depend on a person's account.
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
      /** The URL of GitHub's server. Undefined: github.com. */
      readonly apiUrl: string | undefined;
    };

/** Checks Argo CD's read credential: at most one, of a kind that matches the clone URL. */
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
    expected: `no value if ${given[0]?.[0] ?? ""} is set`,
    fix: "Remove one of the two: Argo CD uses one credential for the repository.",
  }));
  if (isSsh && repositoryToken !== undefined) {
    const fix = "Use the repository's https URL: a token is not an ssh key.";
    problems.push({ key: "repositoryToken", got: HIDDEN, expected: "no token with an ssh URL", fix });
  }
  if (isSsh && repositoryAppKey !== undefined) {
    const fix = "Use the repository's https URL: an App's key creates tokens and is not an ssh key.";
    problems.push({ key: "repositoryAppKey", got: HIDDEN, expected: "no App with an ssh URL", fix });
  }
  if (!isSsh && repositoryKey !== undefined) {
    problems.push({
      key: "repository.url",
      got: show(repository.url),
      expected: "an ssh URL if repositoryKey is set",
      fix: `Set it to ssh://git@github.com/${repository.owner}/${repository.name}.git, or to your own server's URL.`,
    });
  }
  if ((repositoryAppKey === undefined) !== (repository.reader === undefined)) {
    const [key, expected] =
      repositoryAppKey === undefined
        ? ["repositoryAppKey", "a value if repository.reader is set"]
        : ["repository.reader", "appId and installationId if repositoryAppKey is set"];
    problems.push({ key, got: "nothing", expected, fix: "Set both or neither: Argo CD needs the key and both ids." });
  }
  return problems;
}

/** Checks the public deploy keys, which the stack that owns the repository registers. */
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
    const fix =
      "Create one for each cluster: GitHub accepts a key only once, and a leak then affects one cluster only.";
    return [{ key: `deployKeys.${name}`, got: `the key of ${other}`, expected: "a different key", fix }];
  });
}

/** Argo CD's read credential, with its secret part as a Pulumi secret; undefined if none is configured. */
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
