import * as pulumi from "@pulumi/pulumi";
import { environments, findEnvironment } from "./catalogue";
import { checkCluster, type AskCluster } from "./cluster";
import { checkConnection } from "./connection";
import { readCredential, type RepositoryCredential } from "./credentials";
import type { Environment } from "./environment";
import { cloneUrlOf } from "./github-address";
import { guardExemptions, type GuardExemptions } from "./guard";
import { checkKubeconfig, expandHome, forProvider, type ProviderKubeconfig } from "./kubeconfig";
import { notifications, type Notifications } from "./notifications";
import { parseConfiguration, type RawConfiguration } from "./parse";
import { ownership, type Ownership } from "./ownership";
import { formatReport, ProblemError, show, type Problem } from "./problems";
import { checkRules, DEFAULT_SERVICES, effectiveDelivery, ownsRepository } from "./rules";
import type { Configuration } from "./schema";
import type { WebhookExposure } from "./webhooks";

/** A service that Argo CD delivers. */
export interface Service {
  /** Its name: of the Application, the Helm release and the values file. */
  readonly name: string;
  /** The namespace it runs in. */
  readonly namespace: string;
}

/** What decides which objects of Argo CD's release are installed. */
export interface ReleaseChoice {
  /** Whether Argo CD runs replicated. */
  readonly highAvailability: boolean;
  /** A file to use instead of looking for one. It must be the published file all the same. */
  readonly path: string | undefined;
  /** Parameters of Argo CD's processes. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/**
 * Finds the release's objects, and what its processes would not take. Whoever installs them gives it, so that nothing
 * here needs to know how.
 * @throws {ProblemError} where there are none.
 */
export type FindRelease<Release> = (choice: ReleaseChoice) => Promise<{ release: Release; problems: Problem[] }>;

/** All that the program needs to know, checked and complete. */
export interface Settings<Release = unknown> {
  /** The environment's policy, with what the stack overrides. */
  readonly environment: Environment;
  readonly cluster: { readonly kubeconfig: ProviderKubeconfig; readonly context: string };
  readonly argocd: Notifications & {
    /** The objects of the pinned release. */
    readonly manifest: Release;
    /** Where people reach Argo CD. */
    readonly url: string | undefined;
    /** Parameters of Argo CD's processes, over the platform's own. */
    readonly parameters: Readonly<Record<string, string>>;
    /** What this cluster's webhooks are signed with. */
    readonly webhookSecret: pulumi.Output<string>;
    /** How GitHub reaches the webhook endpoint through the cluster's edge. */
    readonly webhookExposure: WebhookExposure | undefined;
  };
  readonly services: readonly Service[];
  /** Whom the guard of this environment lets past. */
  readonly guard: GuardExemptions;
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
export async function readSettings<Release>(
  findRelease: FindRelease<Release>,
  askCluster?: AskCluster,
): Promise<Settings<Release>> {
  // A preview changes nothing, and a review of policies evaluates the program where no cluster is.
  const isPreview = pulumi.runtime.isDryRun();
  // Of Pulumi's API only this lists every key, and a misspelt key must not pass unseen.
  const result = await resolveSettings(
    pulumi.getStack(),
    pulumi.runtime.allConfig(),
    findRelease,
    isPreview ? undefined : checkConnection,
    isPreview ? undefined : askCluster,
  );
  if ("problems" in result) throw new pulumi.RunError(formatReport(pulumi.getStack(), result.problems));
  return result.settings;
}

/**
 * Turns a stack's configuration into settings, or into every reason why it cannot.
 * @param connect Checks that the cluster is there; default: nobody does.
 * @param askCluster Asks the cluster about itself; default: nobody does.
 */
export async function resolveSettings<Release>(
  stack: string,
  raw: RawConfiguration,
  findRelease: FindRelease<Release>,
  connect: typeof checkConnection = () => Promise.resolve([]),
  askCluster: AskCluster = () => Promise.resolve(undefined),
): Promise<{ settings: Settings<Release> } | { problems: Problem[] }> {
  const { configuration, problems } = parseConfiguration(raw);
  const environment = findEnvironment(stack);
  if (!environment) {
    const names = environments.map(({ name }) => name).join(", ");
    const fix = "Select one: pulumi stack select <environment>.";
    return { problems: [{ key: "stack", got: show(stack), expected: `one of ${names}`, fix }, ...problems] };
  }
  const effective = withOverrides(environment, configuration);
  const found = await chosenRelease(configuration, effective, findRelease);
  const given = new Set(Object.keys(raw).map((key) => key.replace(/^gitops-platform:/, "")));
  const { kubeconfig, context, repository, webhookSecret } = configuration;
  const guard = guardExemptions(configuration.guard);
  const unreachable = checkKubeconfig(kubeconfig, context);
  if (unreachable.length === 0 && kubeconfig !== undefined && context !== undefined) {
    unreachable.push(...(await connect(kubeconfig, context)));
  }
  if (unreachable.length === 0 && kubeconfig !== undefined && context !== undefined) {
    const facts = await askCluster(expandHome(kubeconfig), context);
    if (facts) problems.push(...checkCluster(facts, effective, guard));
  }
  problems.push(...unreachable, ...checkRules(configuration, given, environment), ...found.problems);
  if (problems.length > 0 || !("release" in found)) return { problems };
  if (kubeconfig === undefined || context === undefined || !repository || webhookSecret === undefined) {
    return { problems };
  }
  return {
    settings: {
      environment: effective,
      cluster: { kubeconfig: forProvider(kubeconfig), context },
      argocd: {
        manifest: found.release,
        url: configuration.argocd?.url,
        ...notifications(configuration),
        parameters: mapValues(configuration.argocd?.parameters ?? {}, String),
        webhookSecret: pulumi.secret(webhookSecret),
        webhookExposure: configuration.argocd?.webhookExposure,
      },
      services: (configuration.services ?? DEFAULT_SERVICES).map(({ name, namespace = name }) => ({
        name,
        namespace,
      })),
      guard,
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

function withOverrides(environment: Environment, { delivery, argocd, guard, protect }: Configuration): Environment {
  return {
    ...environment,
    delivery: effectiveDelivery(environment.delivery, delivery),
    guard: guard?.mode ?? environment.guard,
    highAvailability: argocd?.highAvailability ?? environment.highAvailability,
    protect: protect ?? environment.protect,
  };
}

async function chosenRelease<Release>(
  { argocd }: Configuration,
  { highAvailability }: Environment,
  find: FindRelease<Release>,
): Promise<{ release: Release; problems: Problem[] } | { problems: Problem[] }> {
  try {
    const path = argocd?.manifest === undefined ? undefined : expandHome(argocd.manifest);
    return await find({ highAvailability, path, parameters: argocd?.parameters ?? {} });
  } catch (error) {
    if (error instanceof ProblemError) return { problems: [error.problem] };
    throw error;
  }
}

function mapValues<T, U>(map: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}
