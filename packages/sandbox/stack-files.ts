import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { findEnvironment } from "@gitops-platform/environments/environments";
import { type ArgocdEndpoints, argocdEndpoints } from "./argocd/endpoints";
import { apps, organization } from "./accounts";
import { writePrivate, type Credentials } from "./credentials";
import type { Ports } from "./ports";
import { type EnvironmentName, environmentNames, forEnvironments, type SandboxPaths } from "./paths";

export function gitHostUrl({ shared }: Pick<Ports, "shared">): string {
  return `http://127.0.0.1:${shared.github}`;
}

/** URL of the GitOps repository, without `.git`. */
export function repositoryUrl(ports: Ports): string {
  return `${gitHostUrl(ports)}/${organization}/gitops`;
}

export function boardUrl({ shared }: Pick<Ports, "shared">): string {
  return `http://127.0.0.1:${shared.board}/`;
}

/**
 * URL to which a sender posts its alerts.
 * @param from the sender: `argocd/<environment>`, `releases` or `board`
 */
export function alertsUrl(ports: Pick<Ports, "shared">, from: string): string {
  return `http://127.0.0.1:${ports.shared.alerts}/${from}`;
}

/** What an environment's configuration depends on, besides the committed stack file. */
export interface Machine {
  paths: SandboxPaths;
  ports: Ports;
  credentials: Credentials;
  /** Folder with Argo CD's manifests, from the built tools. */
  data: string;
}

type Config = Record<string, unknown>;

export function argocdUrls(ports: Ports, environment: EnvironmentName): ArgocdEndpoints {
  return argocdEndpoints(ports.environments[environment].argocd);
}

/**
 * A stack's configuration in the sandbox: the committed one, with the URLs and secrets of this machine.
 * @param committed `config` of the committed Pulumi.<environment>.yaml
 */
export function sandboxConfig(environment: EnvironmentName, committed: Config, machine: Machine): Config {
  const { paths, ports, credentials, data } = machine;
  const key = (name: string): string => `gitops-platform:${name}`;
  const committedObject = (name: string): Config => (committed[key(name)] ?? {}) as Config;
  const argocd = committedObject("argocd");
  const repository = committedObject("repository");
  const policy = findEnvironment(environment);
  const highAvailability = argocd.highAvailability ?? policy?.highAvailability;
  const app = apps[`argocd-${environment}`];
  const managesRepository = repository.manage ?? policy?.manageRepository;
  const others = Object.entries(committed).filter(([name]) => name !== key("kubeconfigContent"));
  return {
    ...Object.fromEntries(others),
    [key("kubeconfig")]: paths.environments[environment].kubeconfig,
    [key("context")]: environment,
    [key("argocd")]: {
      ...argocd,
      url: argocdUrls(ports, environment).server,
      manifest: join(data, "argocd", highAvailability === true ? "ha" : "", "install.yaml"),
      // Plain HTTP on 127.0.0.1: its certificate would be self-signed, and webhook senders reject those.
      parameters: { ...(argocd.parameters as Config | undefined), "server.insecure": "true" },
      notifications: alertsUrl(ports, `argocd/${environment}`),
      deployments: { appId: app.id, installationId: app.id },
    },
    [key("repository")]: {
      ...repository,
      owner: organization,
      name: "gitops",
      url: `${repositoryUrl(ports)}.git`,
      ...(managesRepository === true && { apiUrl: `${gitHostUrl(ports)}/` }),
    },
    [key("repositoryToken")]: credentials.argocdToken,
    [key("webhookSecret")]: credentials.webhookSecrets[environment],
    [key("deploymentsAppKey")]: credentials.apps[`argocd-${environment}`].privateKey,
    // Only the stack that owns the repository calls the Git host.
    ...(managesRepository === true && {
      [key("githubToken")]: credentials.platformToken,
      [key("webhooks")]: forEnvironments((name) => argocdUrls(ports, name).webhook),
      [key("webhookSecrets")]: credentials.webhookSecrets,
      [key("bumpAppKey")]: credentials.apps["gitops-bump"].privateKey,
      [key("releaseAppKey")]: credentials.apps["gitops-release"].privateKey,
      [key("releaseAlertsUrl")]: alertsUrl(ports, "releases"),
    }),
  };
}

/** Writes every environment's stack file, which `npm start` passes to `up` with either engine. */
export function writeStackFiles(machine: Machine): void {
  const { root, environments: of } = machine.paths;
  for (const environment of environmentNames) {
    const committed = parse(readFileSync(join(root, `Pulumi.${environment}.yaml`), "utf8")) as { config?: Config };
    const config = sandboxConfig(environment, committed.config ?? {}, machine);
    const file = of[environment].stackFile;
    // Keep the salt that the Pulumi CLI added: the stack's state is encrypted with it.
    const { encryptionsalt } = (existsSync(file) ? parse(readFileSync(file, "utf8")) : {}) as {
      encryptionsalt?: string;
    };
    writePrivate(file, stringify({ config, ...(encryptionsalt !== undefined && { encryptionsalt }) }));
  }
}
