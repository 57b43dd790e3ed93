import { basename, join } from "node:path";
import type { ProcessSpec } from "../supervisor/process-spec";
import type { Tools } from "../tools/build";
import type { ArgocdPorts } from "../ports";
import { type Component, imageFolders, inRoot, type ProcessLocation } from "./components";
import { containerEnv, expand } from "./container-env";
import type { References } from "./references";
import { type Container, templateHash, type Workload } from "./workload";

/** The local replacements for what a pod finds in its cluster. */
export interface LocalSetup {
  environment: string;
  tools: Pick<Tools, "bin">;
  /** Argo CD's working folder of the environment, with a subfolder for each process. */
  folder: string;
  ports: ArgocdPorts;
  /** The PATH on which git is found, after the sandbox's own programs. */
  path: string;
}

/** The image's working directory (Argo CD 3.6.1, Dockerfile). */
const imageWorkingDir = "/home/argocd";

/**
 * The process that a kubelet would start for a workload's pod: command, arguments and environment of its container.
 * Only addresses, ports and paths are changed to this machine's.
 * @throws MissingReference if a ConfigMap or Secret key that the template requires does not exist; Error if no
 * container runs the component
 */
export function processOf(
  component: Component,
  workload: Workload,
  references: References,
  local: LocalSetup,
): ProcessSpec {
  const location = locationOf(component, local);
  const { container, args } = runningContainer(component, workload);
  const pathOf = localPaths(container, location);
  const template = containerEnv(container, references, podFields(workload));
  const env = {
    ...component.defaults(location),
    ...mapped(template, pathOf),
    ...nativeEnv(component, workload, local),
    ...component.env(location, template),
  };
  const own = withoutFlags(args, component.dropFlags).map((argument) => pathOf(expand(argument, template)));
  return {
    name: `${local.environment}-${component.name}`,
    command: join(local.tools.bin, component.redisContainers ? component.binary : "argocd"),
    args: [...own, ...component.flags(location)],
    env: Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined)),
    cwd: inRoot(location, container.workingDir ?? imageWorkingDir),
    port: component.port(local.ports),
  };
}

/** The container that runs the component, and its arguments after the binary's name. */
export function runningContainer(component: Component, workload: Workload): { container: Container; args: string[] } {
  for (const container of workload.template.spec?.containers ?? []) {
    if (component.redisContainers?.includes(container.name)) return { container, args: [] };
    // An entrypoint may come first (tini, entrypoint.sh): the arguments start after the binary's name.
    const words = [...(container.command ?? []), ...(container.args ?? [])];
    const binary = words.findIndex((word) => basename(word) === component.binary);
    if (binary >= 0) return { container, args: words.slice(binary + 1) };
  }
  throw new Error(
    `${workload.kind} ${workload.name}: got no container that runs ${component.binary}; ` +
      "expected its name in command or args. Run the binary without a shell.",
  );
}

export function locationOf(component: Component, local: Pick<LocalSetup, "folder" | "ports">): ProcessLocation {
  return { ports: local.ports, folder: join(local.folder, component.name) };
}

/** File of the kubeconfig that a process uses. */
export function kubeconfigPath(location: ProcessLocation): string {
  return join(location.folder, "kubeconfig");
}

function podName(workload: Workload): string {
  return workload.kind === "StatefulSet"
    ? `${workload.name}-0`
    : `${workload.name}-${templateHash(workload.template)}-sandbox`;
}

function podFields(workload: Workload): Record<string, string> {
  return {
    "metadata.name": podName(workload),
    "metadata.namespace": workload.namespace,
    "spec.nodeName": "localhost",
    "spec.serviceAccountName": workload.template.spec?.serviceAccountName ?? "default",
    "status.hostIP": "127.0.0.1",
    "status.podIP": "127.0.0.1",
  };
}

function nativeEnv(component: Component, workload: Workload, local: LocalSetup): Record<string, string> {
  const location = locationOf(component, local);
  const common = {
    PATH: `${local.tools.bin}:${local.path}`,
    HOME: inRoot(location, imageWorkingDir),
    TMPDIR: inRoot(location, "/tmp"),
    HOSTNAME: podName(workload),
    // No process reads it. It makes the process restart on a rollout that changes nothing else, as in a cluster.
    POD_TEMPLATE_HASH: templateHash(workload.template),
  };
  if (component.redisContainers) return common;
  return {
    ...common,
    USER: "argocd",
    ARGOCD_BINARY_NAME: component.binary,
    // Makes the cluster `https://kubernetes.default.svc` the one of KUBECONFIG.
    ARGOCD_FAKE_IN_CLUSTER: "true",
    KUBECONFIG: kubeconfigPath(location),
    ARGOCD_APP_CONF_PATH: inRoot(location, "/app/config"),
    ARGOCD_TLS_DATA_PATH: inRoot(location, "/app/config/tls"),
    ARGOCD_SSH_DATA_PATH: inRoot(location, "/app/config/ssh"),
    ARGOCD_GPG_DATA_PATH: inRoot(location, "/app/config/gpg/source"),
    ARGOCD_GNUPGHOME: inRoot(location, "/app/config/gpg/keys"),
    ARGOCD_PLUGINSOCKFILEPATH: inRoot(location, "/home/argocd/cmp-server/plugins"),
    ARGOCD_ENABLE_PROFILER_FILE_PATH: inRoot(location, "/home/argocd/params/profiler.enabled"),
    // Not every machine has a GnuPG of the right version.
    ARGOCD_GPG_ENABLED: "false",
    // As in the image: no DNS TXT queries for gRPC's configuration.
    GRPC_ENABLE_TXT_SERVICE_CONFIG: "false",
    // The user's own Git settings (rewritten URLs, signing, credential helpers) must not apply to the cluster.
    GIT_CONFIG_NOSYSTEM: "1",
  };
}

/** Maps paths in the container's file system to paths below the process's folder. */
function localPaths(container: Container, location: ProcessLocation): (text: string) => string {
  const folders = [...imageFolders, ...(container.volumeMounts ?? []).map((mount) => mount.mountPath)];
  const inside = (path: string): boolean =>
    folders.some((folder) => path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`));
  return (text) => {
    const [, flag = "", path = ""] = /^(--[\w-]+=)?(\/.*)$/.exec(text) ?? [];
    return inside(path) ? flag + inRoot(location, path) : text;
  };
}

function mapped(env: Record<string, string>, pathOf: (text: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, pathOf(value)]));
}

function withoutFlags(args: string[], flags: string[]): string[] {
  const dropped = args.map((argument) => flags.includes(argument.split("=")[0] ?? ""));
  return args.filter((argument, index) => {
    const valueOfDropped =
      index > 0 && dropped[index - 1] && !(args[index - 1] ?? "").includes("=") && !argument.startsWith("--");
    return !dropped[index] && !valueOfDropped;
  });
}
