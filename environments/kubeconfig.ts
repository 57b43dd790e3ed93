import { existsSync, readFileSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { show, type Problem } from "./problems";

/** A path with a leading `~/` resolved, as shells do and Pulumi does not. */
export function expandHome(path: string): string {
  return path.startsWith("~/") ? join(homedir(), path.slice(2)) : path;
}

/** What the cluster's provider is given as its kubeconfig. */
export type ProviderKubeconfig = { readonly path: string } | { readonly content: string };

/**
 * A kubeconfig for the provider, the same no matter who runs the program: it is part of the state, where one person's
 * home would be a change to everybody else. The provider resolves `~/` too, but by /etc/passwd: where HOME says
 * otherwise, it is given the content.
 */
export function forProvider(path: string, accountHome: string = userInfo().homedir): ProviderKubeconfig {
  if (!path.startsWith("~/") || homedir() === accountHome) return { path };
  return { content: readFileSync(expandHome(path), "utf8") };
}

/** Checks that a kubeconfig is there and has the context. Whether the cluster is there, `checkConnection` says. */
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
      ? "It has none: name the kubeconfig that reaches the cluster, or add a context with kubectl config set-context."
      : `Use one of ${contexts.join(", ")}.`;
  return [{ key: "context", got: show(context), expected: `a context of ${path}`, fix }];
}

/** What the program reads of a kubeconfig: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/. */
export interface Kubeconfig {
  readonly contexts?: { readonly name: string; readonly context?: { readonly cluster?: string } }[] | null;
  readonly clusters?:
    { readonly name: string; readonly cluster?: { readonly server?: string; readonly "proxy-url"?: string } }[] | null;
}

/** Reads a kubeconfig. Throws where there is none, or none that is YAML. */
export function readKubeconfig(path: string): Kubeconfig {
  return parse(readFileSync(expandHome(path), "utf8")) as Kubeconfig;
}
