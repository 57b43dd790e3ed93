import { join, resolve } from "node:path";
import { environments } from "@gitops-platform/environments/environments";

/** Name of an environment of the catalogue. In the sandbox, each environment is a cluster with its own Argo CD. */
export type EnvironmentName = "dev" | "staging" | "prod";

export const environmentNames = environments.map(({ name }) => name) as EnvironmentName[];

/** Builds a record with one value per environment. */
export function forEnvironments<T>(make: (name: EnvironmentName) => T): Record<EnvironmentName, T> {
  return Object.fromEntries(environmentNames.map((name) => [name, make(name)])) as Record<EnvironmentName, T>;
}

/** Paths of one environment, under `.sandbox/<environment>/`. */
export interface EnvironmentPaths {
  folder: string;
  /** Context = environment, namespace argocd, an administrator's token. Mode 0600. */
  kubeconfig: string;
  /** The board's read-only kubeconfig. Mode 0600. */
  boardKubeconfig: string;
  /** Keys, tokens and certificates of the cluster. Mode 0700. */
  keys: string;
  /** Argo CD's working folders. */
  argocd: string;
  /** The stack's configuration, written by `npm start`. Contains secrets in plain text, so mode 0600. */
  stackFile: string;
  /** The state of the stack under the local engine. */
  stateFile: string;
}

/** Every path that the sandbox writes, all under one folder. */
export interface SandboxPaths {
  /** The project's folder. */
  root: string;
  /** `.sandbox`, or the value of SANDBOX_DIR. Deleting it while nothing runs resets the sandbox. */
  folder: string;
  ports: string;
  /** Tokens and secrets, generated at the first start. Mode 0600. */
  credentials: string;
  logs: string;
  /** The received alerts, one JSON object per line: the log of the process that receives them. */
  alerts: string;
  /** The status of the daemon and its processes. */
  supervisor: string;
  /** The data of etcd, which all clusters share. */
  etcd: string;
  /** `gitCredentials`: the credentials with which the clone pushes. Mode 0600. */
  github: { folder: string; data: string; seed: string; gitCredentials: string };
  /**
   * `program`: `gitops board` bundled into one file; `home`: where it keeps its clone of the GitOps repository while it
   * runs.
   */
  board: { folder: string; program: string; home: string };
  /** Symbolic link to the folder of the built programs, such as kubectl and argocd. */
  bin: string;
  /** Folder of the shell files, one for each person, to be sourced. */
  as: string;
  /** A clone of the GitOps repository, for people to work in. */
  clone: string;
  /** A clone of the API service's own repository, whose CI runs on every push. */
  appClone: string;
  stacks: string;
  engineState: string;
  environments: Record<EnvironmentName, EnvironmentPaths>;
}

/**
 * The sandbox's paths.
 * @param root the project's folder
 * @param name the sandbox's folder, absolute or in the project's; default SANDBOX_DIR, or `.sandbox`
 */
export function sandboxPaths(
  root: string = resolve(__dirname, "../.."),
  name: string = process.env.SANDBOX_DIR ?? ".sandbox",
): SandboxPaths {
  const folder = resolve(root, name);
  const stacks = join(folder, "stacks");
  const engineState = join(folder, "state");
  const github = join(folder, "github");
  const board = join(folder, "board");
  const of = (environment: EnvironmentName): EnvironmentPaths => ({
    folder: join(folder, environment),
    kubeconfig: join(folder, environment, "kubeconfig"),
    boardKubeconfig: join(folder, environment, "board-kubeconfig"),
    keys: join(folder, environment, "keys"),
    argocd: join(folder, environment, "argocd"),
    stackFile: join(stacks, `Pulumi.${environment}.yaml`),
    stateFile: join(engineState, `${environment}.json`),
  });
  return {
    root,
    folder,
    ports: join(folder, "ports.json"),
    credentials: join(folder, "credentials.json"),
    logs: join(folder, "logs"),
    alerts: join(folder, "logs", "alerts.log"),
    supervisor: join(folder, "supervisor.json"),
    etcd: join(folder, "etcd"),
    github: {
      folder: github,
      data: join(github, "data"),
      seed: join(github, "seed.json"),
      gitCredentials: join(github, "git-credentials"),
    },
    board: { folder: board, program: join(board, "board.mjs"), home: join(board, "home") },
    bin: join(folder, "bin"),
    as: join(folder, "as"),
    clone: join(folder, "gitops"),
    appClone: join(folder, "api"),
    stacks,
    engineState,
    environments: forEnvironments(of),
  };
}
