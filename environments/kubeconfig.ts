import { existsSync, readFileSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { HIDDEN, show, type Problem } from "@gitops-platform/contract/problems";

/** Expands a leading `~/` in a path, which Pulumi does not do. */
export function expandHome(path: string): string {
  return path.startsWith("~/") ? join(homedir(), path.slice(2)) : path;
}

/** The settings of the stack that name a kubeconfig. */
interface StackConfiguration {
  readonly kubeconfig?: string;
  readonly kubeconfigContent?: string;
}

/** A kubeconfig: a file's path, or its content, which is a secret. */
export type KubeconfigSource = { readonly path: string } | { readonly content: string };

/** The kubeconfig that a configuration names. Undefined: none. `checkKubeconfigSettings` refuses both. */
export function kubeconfigOf({ kubeconfig, kubeconfigContent }: StackConfiguration): KubeconfigSource | undefined {
  if (kubeconfigContent !== undefined) return { content: kubeconfigContent };
  return kubeconfig === undefined ? undefined : { path: kubeconfig };
}

/**
 * The kubeconfig for the provider. It is part of the state, so the path must not depend on the user's home folder: the
 * provider expands `~/` itself, but from /etc/passwd. If HOME differs from that, the provider gets the content instead.
 */
export function forProvider(source: KubeconfigSource, accountHome: string = homeOfAccount()): KubeconfigSource {
  if ("content" in source) return source;
  const { path } = source;
  if (!path.startsWith("~/") || homedir() === accountHome) return { path };
  return { content: readFileSync(expandHome(path), "utf8") };
}

/** A user without an account, as in some containers, has HOME alone, which the provider then uses as well. */
function homeOfAccount(): string {
  try {
    return userInfo().homedir;
  } catch {
    return homedir();
  }
}

/** Checks that a kubeconfig exists and has the context. `checkConnection` checks the cluster. */
export function checkKubeconfig(source: KubeconfigSource | undefined, context: string | undefined): Problem[] {
  if (source === undefined) return [];
  return "path" in source ? checkFile(source.path, context) : checkContent(source, context);
}

/** What is in a secret stays out of the report, the names of its contexts included. */
function checkContent(source: KubeconfigSource, context: string | undefined): Problem[] {
  const contexts = contextsOf(source);
  if (!contexts || contexts.length === 0) {
    const fix = "Set the content of a kubeconfig file: pulumi config set --secret kubeconfigContent < <file>";
    return [{ key: "kubeconfigContent", got: HIDDEN, expected: "a kubeconfig in YAML or JSON with a context", fix }];
  }
  if (context === undefined || contexts.includes(context)) return [];
  const fix = "Set the name of a context that is in it.";
  return [{ key: "context", got: show(context), expected: "a context of kubeconfigContent", fix }];
}

function checkFile(path: string, context: string | undefined): Problem[] {
  const problem = (expected: string): Problem[] => [
    { key: "kubeconfig", got: show(path), expected, fix: "Set the path of the kubeconfig that reaches the cluster." },
  ];
  if (!existsSync(expandHome(path))) return problem("a file that exists");
  const contexts = contextsOf({ path });
  if (!contexts) return problem("a kubeconfig in YAML that this user may read");
  if (context === undefined || contexts.includes(context)) return [];
  const fix =
    contexts.length === 0
      ? "It has none: set the kubeconfig that reaches the cluster, or add a context with kubectl config set-context."
      : `Use one of ${contexts.join(", ")}.`;
  return [{ key: "context", got: show(context), expected: `a context of ${path}`, fix }];
}

/** The names of a kubeconfig's contexts. Undefined: it is none, or cannot be read. */
function contextsOf(source: KubeconfigSource): string[] | undefined {
  try {
    return (readKubeconfig(source).contexts ?? []).map(({ name }) => name);
  } catch {
    return undefined;
  }
}

/** The part of a kubeconfig that the program reads: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/. */
export interface Kubeconfig {
  readonly contexts?: { readonly name: string; readonly context?: { readonly cluster?: string } }[] | null;
  readonly clusters?:
    { readonly name: string; readonly cluster?: { readonly server?: string; readonly "proxy-url"?: string } }[] | null;
}

/** Reads a kubeconfig. Throws if the file does not exist or is not YAML. */
export function readKubeconfig(source: KubeconfigSource): Kubeconfig {
  const text = "path" in source ? readFileSync(expandHome(source.path), "utf8") : source.content;
  // A warning would print the line that it is about, which may be secret.
  return parse(text, { logLevel: "error" }) as Kubeconfig;
}
