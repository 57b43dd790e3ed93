import * as pulumi from "@pulumi/pulumi";
import { loadManifest } from "../components/argocd/manifest";
import { checkParameters } from "../components/argocd/parameters";
import type { Manifest } from "../components/kubernetes-object";
import { environments, findEnvironment } from "./catalogue";
import { cloneUrlOf, readCredential, type RepositoryCredential } from "./credentials";
import type { Environment } from "./environment";
import { checkKubeconfig, expandHome } from "./kubeconfig";
import { parseConfiguration, type RawConfiguration } from "./parse";
import { ownership, type Ownership } from "./ownership";
import { formatReport, ProblemError, show, type Problem } from "./problems";
import { checkRules, ownsRepository } from "./rules";
import type { Configuration } from "./schema";
import type { WebhookExposure } from "./webhooks";

/** A service that Argo CD delivers. */
export interface Service {
  /** Its name: of the Application, the Helm release and the values file. */
  readonly name: string;
  /** The namespace it runs in. */
  readonly namespace: string;
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
  const given = new Set(Object.keys(raw).map((key) => key.replace(/^gitops-platform:/, "")));
  problems.push(
    ...checkKubeconfig(configuration.kubeconfig, configuration.context),
    ...checkRules(configuration, given, environment),
    ...manifestProblems,
  );
  const { kubeconfig, context, repository } = configuration;
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
      services: (configuration.services ?? [{ name: "api" }]).map(({ name, namespace = name }) => ({
        name,
        namespace,
      })),
      repository: {
        owner: repository.owner,
        name: repository.name,
        url: cloneUrlOf(repository),
        credential: readCredential(configuration, repository),
      },
      ownership: ownsRepository(configuration, environment) ? ownership(configuration) : undefined,
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

function secret(value: string | undefined): pulumi.Output<string> | undefined {
  return value === undefined ? undefined : pulumi.secret(value);
}

function mapValues<T, U>(map: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}
