import * as pulumi from "@pulumi/pulumi";
import { environments } from "../environments";
import { HIDDEN, show, type Problem } from "@gitops-platform/contract/problems";
import { cloneUrlOf, enterpriseUrl, type repositoryArea } from "./repository";
import { unknownEnvironments } from "./requirements";
import { area, type ConfigurationOf } from "./setting";
import { freeMap, installedApp, privateKey, text, token } from "./values";

const keyAndIds = "Set both or neither: Argo CD needs the key and both ids.";

/** How Argo CD reads the repository: one of these credentials, or none if the repository is public. */
export const readCredentialArea = area({
  repositoryToken: {
    schema: token("a token that may read the repository", "Run: pulumi config set --secret repositoryToken"),
    doc:
      "A token with read access, with which Argo CD clones the repository. At most one of this setting, " +
      "`repositoryKey` and `repositoryAppKey` is set; a public repository needs none.",
    example: "pulumi config set --secret repositoryToken",
    secret: true,
  },
  repositoryKey: {
    schema: privateKey(
      "the private key of a deploy key, without a passphrase",
      "Run: pulumi config set --secret repositoryKey < argocd-<environment>",
    ),
    doc: "The private key of a deploy key. The stack that owns the repository has its public key in `deployKeys`.",
    example: "pulumi config set --secret repositoryKey < argocd-dev",
    secret: true,
  },
  repositoryAppKey: {
    schema: privateKey(
      "the private key of the GitHub App that Argo CD reads with",
      "Run: pulumi config set --secret repositoryAppKey < <the App's .pem file>",
    ),
    doc: "The private key of the GitHub App `repository.reader`.",
    example: "pulumi config set --secret repositoryAppKey < reader.private-key.pem",
    secret: true,
    required: { by: ["repository.reader"], expected: "a value", fix: keyAndIds },
  },
  "repository.reader": {
    schema: installedApp("that Argo CD reads with"),
    doc: "The `appId` and `installationId` of the GitHub App with which Argo CD reads the repository.",
    example: { appId: 1000004, installationId: 50000002 },
    required: { by: ["repositoryAppKey"], expected: "appId and installationId", fix: keyAndIds },
  },
  deployKeys: {
    schema: freeMap(
      "environment names",
      text(
        {
          expected: "an SSH public key, on one line",
          fix: "Run: ssh-keygen -t ed25519 -N '' -f argocd-<environment>, and use the file that ends with .pub.",
        },
        (key) => /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp\d+) AAAA[A-Za-z0-9+/]{20,}={0,2}( .*)?$/.test(key),
      ),
    ),
    doc: "The public deploy key of each environment's Argo CD.",
    example: { dev: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample argocd-dev" },
    owningStackOnly: true,
    byEnvironment: true,
  },
});

type ReadConfiguration = ConfigurationOf<typeof readCredentialArea & typeof repositoryArea>;

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
export function checkReadCredential(configuration: ReadConfiguration): Problem[] {
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
  return problems;
}

/** Checks the public deploy keys, which the stack that owns the repository registers. */
export function checkDeployKeys(configuration: ConfigurationOf<typeof readCredentialArea>): Problem[] {
  const { deployKeys = {} } = configuration;
  const seen = new Map<string, string>();
  const repeated = environments.flatMap(({ name }): Problem[] => {
    const [, material] = deployKeys[name]?.split(" ") ?? [];
    if (material === undefined) return [];
    const other = seen.get(material);
    seen.set(material, name);
    if (other === undefined) return [];
    const fix =
      "Create one for each cluster: GitHub accepts a key only once, and a leak then affects one cluster only.";
    return [{ key: `deployKeys.${name}`, got: `the key of ${other}`, expected: "a different key", fix }];
  });
  return [...unknownEnvironments(readCredentialArea, configuration), ...repeated];
}

/** Argo CD's read credential, with its secret part as a Pulumi secret; undefined if none is configured. */
export function readCredential({
  repository,
  repositoryToken,
  repositoryKey,
  repositoryAppKey,
}: ReadConfiguration): RepositoryCredential<pulumi.Output<string>> | undefined {
  if (repositoryToken !== undefined) return { kind: "token", token: pulumi.secret(repositoryToken) };
  if (repositoryKey !== undefined) return { kind: "deployKey", privateKey: pulumi.secret(repositoryKey) };
  if (repositoryAppKey === undefined || !repository?.reader) return undefined;
  return {
    kind: "app",
    ...repository.reader,
    privateKey: pulumi.secret(repositoryAppKey),
    apiUrl: enterpriseUrl(repository),
  };
}
