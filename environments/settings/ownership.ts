import * as pulumi from "@pulumi/pulumi";
import { approvedEnvironments } from "../environments";
import { sshPublicKey } from "../keys";
import { parsePinnedImage, type PinnedImage, seedOf, seedTeamOf } from "./seed";
import type { Configuration } from "./table";
import { workflowApps, type WorkflowApp } from "./workflow-apps";

/** A webhook that the stack that owns the repository registers. */
export interface Webhook {
  /** The environment whose Argo CD receives it, or `<environment>-applicationset` for its ApplicationSet controller. */
  readonly name: string;
  /** The URL of that controller's webhook endpoint. */
  readonly url: string;
  /** The secret that GitHub signs it with. */
  readonly secret: pulumi.Output<string>;
}

/** The settings that only the stack that owns the GitOps repository needs. */
export interface Ownership {
  readonly githubToken: pulumi.Output<string>;
  /** The URL of GitHub's API. Undefined: github.com's. */
  readonly apiUrl: string | undefined;
  readonly visibility: "private" | "internal" | "public";
  /** Whether an existing repository is adopted, with its content unchanged. */
  readonly adopt: boolean;
  /** Whether the repository exists, with nothing but a README, and gets its first content. */
  readonly empty: boolean;
  /** Whether the first content has been written, so that no file is written to a branch that exists. */
  readonly filled: boolean;
  /** The services of a new repository's first content. Only Git changes them afterwards. */
  readonly seed: {
    readonly services: readonly string[];
    /** The team that owns them. */
    readonly team: string;
    /** Their image. Undefined: the owner's, by the name of the service. */
    readonly image: PinnedImage | undefined;
  };
  /** Whether GitHub enforces the rulesets. Disabled until workflows can set the required checks. */
  readonly enforcement: "active" | "disabled";
  /** The App ID of the GitHub App whose checks count. */
  readonly checksApp: number;
  /** The Apps as which workflows authenticate. */
  readonly apps: readonly WorkflowApp[];
  /**
   * The public key that verifies release records, in OpenSSH's format. Undefined if `releaseAppKey` is not configured.
   */
  readonly releasePublicKey: string | undefined;
  /**
   * The URL to which the release workflow sends alerts. Undefined: people set the workflow's secret themselves, or no
   * alerts are sent.
   */
  readonly releaseAlertsUrl: pulumi.Output<string> | undefined;
  /** Logins of the accounts that CI uses. */
  readonly ciAccounts: readonly string[];
  /** The repository that builds a service, by service, if its image is not named after that repository. */
  readonly serviceRepositories: Readonly<Record<string, string>>;
  /** Owners of charts, workflows and CODEOWNERS: users, and teams as `<organisation>/<team>`. */
  readonly platformTeam: readonly string[];
  /** The ID of the only team in `platformTeam`, if it is configured. */
  readonly platformTeamId: number | undefined;
  /** Additional owners on `main`, by path. */
  readonly codeOwners: Readonly<Record<string, readonly string[]>>;
  /** The environments with an approval branch, and their approvers. */
  readonly approvals: readonly { readonly environment: string; readonly approvers: readonly string[] }[];
  readonly webhooks: readonly Webhook[];
  /** The clusters' public deploy keys. */
  readonly deployKeys: readonly { readonly environment: string; readonly key: string }[];
}

/** The settings of the stack that owns the repository, from a checked configuration; undefined if it is incomplete. */
export function ownership(configuration: Configuration): Ownership | undefined {
  const { githubToken, repository, releaseAppKey, releaseAlertsUrl } = configuration;
  const { webhooks = {}, applicationSetWebhooks = {}, webhookSecrets = {} } = configuration;
  if (githubToken === undefined || repository?.checksApp === undefined) return undefined;
  const webhook = (name: string, environmentName: string, url: string): Webhook => ({
    name,
    url,
    secret: pulumi.secret(webhookSecrets[environmentName] ?? ""),
  });
  return {
    githubToken: pulumi.secret(githubToken),
    apiUrl: repository.apiUrl,
    visibility: repository.visibility ?? "private",
    adopt: repository.adopt ?? false,
    empty: repository.empty ?? false,
    filled: repository.filled ?? false,
    seed: {
      services: seedOf(configuration),
      team: seedTeamOf(configuration) ?? "",
      image: repository.seedImage === undefined ? undefined : parsePinnedImage(repository.seedImage),
    },
    enforcement: repository.enforcement ?? "active",
    checksApp: repository.checksApp,
    apps: workflowApps(configuration),
    releasePublicKey: releaseAppKey === undefined ? undefined : sshPublicKey(releaseAppKey),
    releaseAlertsUrl: releaseAlertsUrl === undefined ? undefined : pulumi.secret(releaseAlertsUrl),
    ciAccounts: repository.ciAccounts ?? [],
    serviceRepositories: repository.serviceRepositories ?? {},
    platformTeam: repository.platformTeam ?? [],
    platformTeamId: repository.platformTeamId,
    codeOwners: repository.codeOwners ?? {},
    approvals: approvedEnvironments().map((name) => ({
      environment: name,
      approvers: repository.approvers?.[name] ?? [],
    })),
    webhooks: [
      ...Object.entries(webhooks).map(([name, url]) => webhook(name, name, url)),
      ...Object.entries(applicationSetWebhooks).map(([name, url]) => webhook(`${name}-applicationset`, name, url)),
    ],
    deployKeys: Object.entries(configuration.deployKeys ?? {}).map(([name, key]) => ({ environment: name, key })),
  };
}
