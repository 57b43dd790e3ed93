import * as pulumi from "@pulumi/pulumi";
import { checkArgocd } from "../argocd-cluster";
import { declarationProblems, environments, findEnvironment } from "../environments";
import { checkCluster, type ReadClusterFacts } from "../cluster";
import { checkConnection, checkIssuer } from "../connection";
import type { Environment } from "../environment";
import { checkKubeconfig, expandHome, forProvider, kubeconfigOf, type KubeconfigSource } from "../kubeconfig";
import { formatReport, ProblemError, show, type Problem } from "@gitops-platform/contract/problems";
import { accessOptions, type AccessOptions } from "./access";
import { argocdOptions, type ArgocdOptions } from "./argocd";
import { argocdTuning, argocdVersion, type ArgocdTuning } from "./argocd-tuning";
import { checkHandedOver, effectiveDelivery, handoverOf, type Service } from "./delivery";
import { guardExemptions, type GuardExemptions } from "./guard";
import { monitoring, type Monitoring } from "./monitoring";
import { notifications, type Notifications } from "./notifications";
import { ownership, type Ownership } from "./ownership";
import { parseConfiguration, platformConfiguration, type RawConfiguration } from "./parse";
import { receivers, type ReceiverOptions } from "./receivers";
import { readCredential, type RepositoryCredential } from "./read-credential";
import { cloneUrlOf } from "./repository";
import { checkRules, ownsRepository } from "./rules";
import type { Configuration } from "./table";

/** The settings that determine which objects of Argo CD's release are installed, and how. */
export interface ReleaseChoice {
  /** The version of Argo CD. */
  readonly version: string;
  /** Whether Argo CD is replicated. */
  readonly highAvailability: boolean;
  /** The path of a local copy of the release's manifest. Undefined: it is found or downloaded. */
  readonly path: string | undefined;
  /** Parameters of Argo CD's processes. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly tuning: ArgocdTuning;
}

/**
 * Returns the release's objects, and the problems of the settings that depend on the release. It is a parameter,
 * because environments/ must not import components/.
 * @throws {ProblemError} if the release cannot be found.
 */
export type FindRelease<Release> = (choice: ReleaseChoice) => Promise<{ release: Release; problems: Problem[] }>;

/** All settings of the program, checked and complete. */
export interface Settings<Release = unknown> {
  /** The environment, with the stack's overrides. */
  readonly environment: Environment;
  readonly cluster: { readonly kubeconfig: KubeconfigSource; readonly context: string };
  readonly argocd: ArgocdOptions &
    AccessOptions &
    Notifications &
    ReceiverOptions & {
      /** The version that is installed. */
      readonly version: string;
      /** The objects of that release. */
      readonly manifest: Release;
      readonly tuning: ArgocdTuning;
      /** Who collects its metrics. Undefined: nobody. */
      readonly monitoring: Monitoring | undefined;
    };
  /** The services that an earlier version delivered from this stack, and that the catalogue takes over. */
  readonly handover: readonly Service[];
  /** The identities that this environment's guard exempts. */
  readonly guard: GuardExemptions;
  readonly repository: {
    readonly owner: string;
    readonly name: string;
    /** The URL from which Argo CD clones. */
    readonly url: string;
    /** Argo CD's read credential. Undefined: none is configured. */
    readonly credential: RepositoryCredential<pulumi.Output<string>> | undefined;
  };
  /** Undefined in every stack except the one that owns the repository. */
  readonly ownership: Ownership | undefined;
}

/**
 * Reads the stack's configuration. No other code reads it.
 * @throws {pulumi.RunError} with one report of all problems. Pulumi shows it without a stack trace.
 */
export async function readSettings<Release>(
  findRelease: FindRelease<Release>,
  readClusterFacts?: ReadClusterFacts,
): Promise<Settings<Release>> {
  // A preview changes nothing, and a policy review runs the program without a cluster.
  const isPreview = pulumi.runtime.isDryRun();
  // Only this part of Pulumi's API lists all keys, which is needed to report a misspelt key.
  const result = await resolveSettings(
    pulumi.getStack(),
    platformConfiguration(pulumi.runtime.allConfig(), pulumi.getProject()),
    findRelease,
    isPreview ? undefined : checkConnection,
    isPreview ? undefined : readClusterFacts,
    isPreview ? undefined : checkIssuer,
  );
  if ("problems" in result) throw new pulumi.RunError(formatReport(pulumi.getStack(), result.problems));
  return result.settings;
}

/**
 * Converts a stack's configuration into settings, or returns all problems.
 * @param connect Checks that the cluster accepts connections. Default: no check.
 * @param readClusterFacts Reads the facts about the cluster. Default: none are read, and nothing is checked by them.
 * @param findIssuer Checks that the identity provider answers. Default: no check.
 */
export async function resolveSettings<Release>(
  stack: string,
  raw: RawConfiguration,
  findRelease: FindRelease<Release>,
  connect: typeof checkConnection = () => Promise.resolve([]),
  readClusterFacts?: ReadClusterFacts,
  findIssuer: typeof checkIssuer = () => Promise.resolve([]),
): Promise<{ settings: Settings<Release> } | { problems: Problem[] }> {
  const { configuration, problems: invalid } = parseConfiguration(raw);
  const problems = [...declarationProblems(), ...invalid];
  const environment = findEnvironment(stack);
  if (!environment) return { problems: [unknownStack(stack), ...problems] };
  const effective = withOverrides(environment, configuration);
  const found = await chosenRelease(configuration, effective, findRelease);
  problems.push(
    ...(await clusterProblems(configuration, effective, connect, readClusterFacts)),
    ...checkRules(configuration, givenKeys(raw), environment),
    ...found.problems,
  );
  problems.push(...(await issuerProblems(configuration, problems, findIssuer)));
  if (problems.length > 0 || !("release" in found)) return { problems };
  const settings = settingsOf(configuration, environment, effective, found.release);
  return settings ? { settings } : { problems };
}

function unknownStack(stack: string): Problem {
  const names = environments.map(({ name }) => name).join(", ");
  const fix = "Select one: pulumi stack select <environment>.";
  return { key: "stack", got: show(stack), expected: `one of ${names}`, fix };
}

/** The keys that a stack sets, without their namespace. */
function givenKeys(raw: RawConfiguration): ReadonlySet<string> {
  return new Set(Object.keys(raw).map((key) => key.replace(/^gitops-platform:/, "")));
}

/** Why the cluster cannot be reached, or else what in it does not suit the settings. */
async function clusterProblems(
  configuration: Configuration,
  environment: Environment,
  connect: typeof checkConnection,
  readClusterFacts: ReadClusterFacts | undefined,
): Promise<Problem[]> {
  const { context } = configuration;
  const kubeconfig = kubeconfigOf(configuration);
  const unusable = checkKubeconfig(kubeconfig, context);
  if (unusable.length > 0 || kubeconfig === undefined || context === undefined) return unusable;
  const unreachable = await connect(kubeconfig, context);
  if (unreachable.length > 0 || !readClusterFacts) return unreachable;
  const facts = await readClusterFacts(kubeconfig, context);
  const argocd = {
    version: argocdVersion(configuration),
    ...argocdTuning(configuration),
    monitoring: monitoring(configuration),
  };
  return [
    ...(facts ? checkCluster(facts, environment, guardExemptions(configuration.guard)) : []),
    ...(facts ? checkArgocd(facts, environment, argocd) : []),
    ...checkHandedOver(configuration, facts?.applications),
  ];
}

/** Asks the identity provider, unless the issuer is wrong already. */
async function issuerProblems(
  { argocd: { oidc, emergencyAdmin } = {} }: Configuration,
  problems: readonly Problem[],
  findIssuer: typeof checkIssuer,
): Promise<Problem[]> {
  // In an emergency, an identity provider that does not answer is the reason for this run.
  if (oidc === undefined || emergencyAdmin !== undefined) return [];
  return problems.some(({ key }) => key === "argocd.oidc.issuer") ? [] : findIssuer(oidc.issuer);
}

/** The settings from a configuration without problems; undefined if a key is missing that every stack needs. */
function settingsOf<Release>(
  configuration: Configuration,
  environment: Environment,
  effective: Environment,
  release: Release,
): Settings<Release> | undefined {
  const { context, repository, webhookSecret } = configuration;
  const kubeconfig = kubeconfigOf(configuration);
  if (kubeconfig === undefined || context === undefined || !repository || webhookSecret === undefined) return undefined;
  return {
    environment: effective,
    cluster: { kubeconfig: forProvider(kubeconfig), context },
    argocd: {
      version: argocdVersion(configuration),
      manifest: release,
      tuning: argocdTuning(configuration),
      monitoring: monitoring(configuration),
      ...argocdOptions(configuration, webhookSecret),
      ...accessOptions(configuration),
      ...notifications(configuration),
      ...receivers(configuration),
    },
    handover: handoverOf(configuration),
    guard: guardExemptions(configuration.guard),
    repository: {
      owner: repository.owner,
      name: repository.name,
      url: cloneUrlOf(repository),
      credential: readCredential(configuration),
    },
    ownership: ownsRepository(configuration, environment) ? ownership(configuration) : undefined,
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
  configuration: Configuration,
  { highAvailability }: Environment,
  find: FindRelease<Release>,
): Promise<{ release: Release; problems: Problem[] } | { problems: Problem[] }> {
  try {
    const { argocd } = configuration;
    return await find({
      version: argocdVersion(configuration),
      highAvailability,
      path: argocd?.manifest === undefined ? undefined : expandHome(argocd.manifest),
      parameters: argocd?.parameters ?? {},
      tuning: argocdTuning(configuration),
    });
  } catch (error) {
    if (error instanceof ProblemError) return { problems: [error.problem] };
    throw error;
  }
}
