import { existsSync, readFileSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { show, type Problem } from "@gitops-platform/contract/problems";

/** Expands a leading `~/` in a path, which Pulumi does not do. */
export function expandHome(path: string): string {
  return path.startsWith("~/") ? join(homedir(), path.slice(2)) : path;
}

/** The kubeconfig for the cluster's provider. */
export type ProviderKubeconfig = { readonly path: string } | { readonly content: string };

/**
 * The kubeconfig for the provider. It is part of the state, so the path must not depend on the user's home folder: the
 * provider expands `~/` itself, but from /etc/passwd. If HOME differs from that, the provider gets the content instead.
 */
export function forProvider(path: string, accountHome: string = homeOfAccount()): ProviderKubeconfig {
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
export function checkKubeconfig(path: string | undefined, context: string | undefined): Problem[] {
  if (path === undefined) return [];
  const file = expandHome(path);
  const problem = (expected: string): Problem[] => [
    { key: "kubeconfig", got: show(path), expected, fix: "Set the path of the kubeconfig that reaches the cluster." },
  ];
  if (!existsSync(file)) return problem("a file that exists");
  let contexts: string[];
  try {
    contexts = (readKubeconfig(path).contexts ?? []).map(({ name }) => name);
  } catch {
    return problem("a kubeconfig in YAML that this user may read");
  }
  if (context === undefined || contexts.includes(context)) return [];
  const fix =
    contexts.length === 0
      ? "It has none: set the kubeconfig that reaches the cluster, or add a context with kubectl config set-context."
      : `Use one of ${contexts.join(", ")}.`;
  return [{ key: "context", got: show(context), expected: `a context of ${path}`, fix }];
}

/** The part of a kubeconfig that the program reads: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/. */
export interface Kubeconfig {
  readonly contexts?: { readonly name: string; readonly context?: { readonly cluster?: string } }[] | null;
  readonly clusters?:
    { readonly name: string; readonly cluster?: { readonly server?: string; readonly "proxy-url"?: string } }[] | null;
}

/** Reads a kubeconfig. Throws if the file does not exist or is not YAML. */
export function readKubeconfig(path: string): Kubeconfig {
  return parse(readFileSync(expandHome(path), "utf8")) as Kubeconfig;
}
