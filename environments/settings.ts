import * as pulumi from "@pulumi/pulumi";
import { loadManifest } from "../components/argocd/manifest";
import { checkParameters } from "../components/argocd/parameters";
import type { WebhookExposure } from "../components/argocd/webhook-exposure";
import type { RepositoryCredential } from "../components/delivery/credential";
import type { Manifest } from "../components/kubernetes-object";
import { firstContent, readFiles } from "../components/repository/content";
import { environments, findEnvironment } from "./catalogue";
import { cloneUrlOf } from "./credentials";
import type { Environment } from "./environment";
import { checkKubeconfig, expandHome } from "./kubeconfig";
import { parseConfiguration, type RawConfiguration } from "./parse";
import { approvedEnvironments } from "./owners";
import { formatReport, ProblemError, show, type Problem } from "./problems";
import { checkRules, ownsRepository } from "./rules";
import type { Configuration } from "./schema";

/** A service that Argo CD delivers. */
export interface Service {
  /** Its name: of the Application, the Helm release and the values file. */
  readonly name: string;
  /** The namespace it runs in. */
  readonly namespace: string;
}

/** A webhook that the owning stack registers. */
export interface Webhook {
  /** Whose it is: the environment whose Argo CD receives it, or `<environment>-applicationset` for its other controller. */
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
  /** Whether GitHub acts on the protections, or only keeps them until an adopted repository is ready for them. */
  readonly enforcement: "active" | "disabled";
  /** The App ID of the GitHub App whose checks count. */
  readonly checksApp: number;
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

/** All that the program needs to know, checked and complete. */
export interface Settings {
  /** The environment's policy, with what the stack overrides. */
  readonly environment: Environment;
  readonly cluster: { readonly kubeconfig: string; readonly context: string };
  readonly argocd: {
    /** The objects of the pinned release. */
    readonly manifest: readonly Manifest[];
    /** Where people reach Argo CD. */
    readonly url: string | undefined;
    /** Parameters of Argo CD's processes, over the platform's own. */
    readonly parameters: Readonly<Record<string, string>>;
    /** What this cluster's webhooks are signed with. */
    readonly webhookSecret: pulumi.Output<string> | undefined;
    /** How GitHub reaches the webhook endpoint through the cluster's edge. */
    readonly webhookExposure: WebhookExposure | undefined;
  };
  readonly services: readonly Service[];
  readonly repository: {
    readonly owner: string;
    readonly name: string;
    /** Where Argo CD clones from. */
    readonly url: string;
    /** Argo CD's read credential. */
    readonly credential: RepositoryCredential<pulumi.Output<string>> | undefined;
  };
  /** Undefined in every stack but the owning one. */
  readonly ownership: Ownership | undefined;
}

/**
 * Reads the stack's configuration: the only reader of it.
 * @throws {pulumi.RunError} with one report of every problem; Pulumi shows it without a stack trace.
 */
export async function readSettings(): Promise<Settings> {
  // Of Pulumi's API only this lists every key, and a misspelt key must not pass unseen.
  const result = await resolveSettings(pulumi.getStack(), pulumi.runtime.allConfig());
  if ("problems" in result) throw new pulumi.RunError(formatReport(pulumi.getStack(), result.problems));
  return result.settings;
}

/** Turns a stack's configuration into settings, or into every reason why it cannot. */
export async function resolveSettings(
  stack: string,
  raw: RawConfiguration,
  load: typeof loadManifest = loadManifest,
): Promise<{ settings: Settings } | { problems: Problem[] }> {
  const { configuration, problems } = parseConfiguration(raw);
  const environment = findEnvironment(stack);
  if (!environment) {
    const names = environments.map(({ name }) => name).join(", ");
    const fix = "Select one: pulumi stack select <environment>.";
    return { problems: [{ key: "stack", got: show(stack), expected: `one of ${names}`, fix }, ...problems] };
  }
  const effective = withOverrides(environment, configuration);
  const { manifest, manifestProblems } = await findManifest(configuration, effective, load);
  const { kubeconfig, context, repository, services = [{ name: "api" }] } = configuration;
  const content = repository ? firstContent(readFiles(), { owner: repository.owner, services }) : [];
  const paths = content.map(({ path }) => path);
  const given = new Set(Object.keys(raw).map((key) => key.replace(/^gitops-platform:/, "")));
  problems.push(
    ...checkKubeconfig(configuration.kubeconfig, configuration.context),
    ...checkRules(configuration, given, effective, paths),
    ...manifestProblems,
  );
  if (problems.length > 0 || kubeconfig === undefined || context === undefined || !repository) return { problems };
  return {
    settings: {
      environment: effective,
      cluster: { kubeconfig: expandHome(kubeconfig), context },
      argocd: {
        manifest,
        url: configuration.argocd?.url,
        parameters: mapValues(configuration.argocd?.parameters ?? {}, String),
        webhookSecret: secret(configuration.webhookSecret),
        webhookExposure: configuration.argocd?.webhookExposure,
      },
      services: services.map(({ name, namespace = name }) => ({ name, namespace })),
      repository: {
        owner: repository.owner,
        name: repository.name,
        url: cloneUrlOf(repository),
        credential: readCredential(configuration, repository),
      },
      ownership: ownsRepository(configuration, environment) ? ownership(effective, configuration) : undefined,
    },
  };
}

function withOverrides(environment: Environment, { delivery, argocd, protect }: Configuration): Environment {
  return {
    ...environment,
    delivery: {
      sync: delivery?.sync ?? environment.delivery.sync,
      drift: delivery?.drift ?? environment.delivery.drift,
    },
    highAvailability: argocd?.highAvailability ?? environment.highAvailability,
    protect: protect ?? environment.protect,
  };
}

async function findManifest(
  { argocd }: Configuration,
  { highAvailability }: Environment,
  load: typeof loadManifest,
): Promise<{ manifest: readonly Manifest[]; manifestProblems: Problem[] }> {
  try {
    const path = argocd?.manifest === undefined ? undefined : expandHome(argocd.manifest);
    const manifest = await load({ highAvailability, path });
    return { manifest, manifestProblems: checkParameters(argocd?.parameters ?? {}, manifest) };
  } catch (error) {
    if (error instanceof ProblemError) return { manifest: [], manifestProblems: [error.problem] };
    throw error;
  }
}

function readCredential(
  { repositoryToken, repositoryKey, repositoryAppKey }: Configuration,
  { reader, ...repository }: NonNullable<Configuration["repository"]>,
): RepositoryCredential<pulumi.Output<string>> | undefined {
  if (repositoryToken !== undefined) return { kind: "token", token: pulumi.secret(repositoryToken) };
  if (repositoryKey !== undefined) return { kind: "deployKey", privateKey: pulumi.secret(repositoryKey) };
  if (repositoryAppKey === undefined || !reader) return undefined;
  const { host, origin } = new URL(cloneUrlOf(repository));
  return {
    kind: "app",
    ...reader,
    privateKey: pulumi.secret(repositoryAppKey),
    apiUrl: host === "github.com" ? undefined : (repository.apiUrl ?? origin),
  };
}

function ownership(environment: Environment, configuration: Configuration): Ownership | undefined {
  const { githubToken, repository, webhooks = {}, applicationSetWebhooks = {}, webhookSecrets = {} } = configuration;
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
    enforcement: repository.enforcement ?? "active",
    checksApp: repository.checksApp,
    platformTeam: repository.platformTeam ?? [],
    platformTeamId: repository.platformTeamId,
    codeOwners: repository.codeOwners ?? {},
    approvals: approvedEnvironments(environment).map((name) => ({
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

function secret(value: string | undefined): pulumi.Output<string> | undefined {
  return value === undefined ? undefined : pulumi.secret(value);
}

function mapValues<T, U>(map: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}
