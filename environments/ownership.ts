import * as pulumi from "@pulumi/pulumi";
import { approvedEnvironments } from "./owners";
import { sshPublicKey } from "./keys";
import { DEFAULT_SERVICES } from "./rules";
import type { Configuration } from "./schema";
import { workflowApps, type WorkflowApp } from "./workflow-apps";

/** A webhook that the owning stack registers. */
export interface Webhook {
  /**
   * Whose it is: the environment whose Argo CD receives it, or `<environment>-applicationset` for its other controller.
   */
  readonly name: string;
  /** The address of that controller's webhook endpoint. */
  readonly url: string;
  /** What GitHub signs it with. */
  readonly secret: pulumi.Output<string>;
}

/** What only the stack needs that owns the GitOps repository. */
export interface Ownership {
  readonly githubToken: pulumi.Output<string>;
  /** GitHub's API; undefined for github.com. */
  readonly apiUrl: string | undefined;
  readonly visibility: "private" | "internal" | "public";
  /** Whether the repository exists and is taken over, its content left alone. */
  readonly adopt: boolean;
  /**
   * Services whose values a new repository starts with. A service that comes later is none of them: its values are
   * Git's from the beginning, and the program must not write over them.
   */
  readonly seed: readonly string[];
  /** Whether GitHub acts on the protections, or only keeps them until workflows set the checks that they ask for. */
  readonly enforcement: "active" | "disabled";
  /** The App ID of the GitHub App whose checks count. */
  readonly checksApp: number;
  /** The Apps that workflows act as. */
  readonly apps: readonly WorkflowApp[];
  /**
   * The public half of the key that releases are recorded with, as OpenSSH writes it; undefined where the key is not
   * configured.
   */
  readonly releasePublicKey: string | undefined;
  /**
   * Where the release workflow tells what waits, and of break-glass; undefined: people set the workflow's secret, or
   * nobody is told.
   */
  readonly releaseAlertsUrl: pulumi.Output<string> | undefined;
  /** Logins of the accounts that CI uses. */
  readonly ciAccounts: readonly string[];
  /** Service → the repository that builds it, where its image is not called after that. */
  readonly serviceRepositories: Readonly<Record<string, string>>;
  /** Owners of charts, workflows and CODEOWNERS: users, and teams as `<organisation>/<team>`. */
  readonly platformTeam: readonly string[];
  /** The number of the one team in `platformTeam`, where it is configured. */
  readonly platformTeamId: number | undefined;
  /** Further owners on `main`, by path. */
  readonly codeOwners: Readonly<Record<string, readonly string[]>>;
  /** The environments whose changes wait on `env/<name>`, and who approves them. */
  readonly approvals: readonly { readonly environment: string; readonly approvers: readonly string[] }[];
  readonly webhooks: readonly Webhook[];
  /** The public halves of the keys that clusters read with. */
  readonly deployKeys: readonly { readonly environment: string; readonly key: string }[];
}

/** What the owning stack needs, from a configuration that was checked; undefined where it is not complete. */
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
    seed: repository.seed ?? seedByDefault(configuration),
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

/** The pattern of every service, where it is one: a default that no service added later can change. */
function seedByDefault({ services = DEFAULT_SERVICES }: Configuration): string[] {
  return services.map(({ name }) => name).filter((name) => name === "api");
}
