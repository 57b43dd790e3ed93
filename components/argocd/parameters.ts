import { show, suggest, type Problem } from "@gitops-platform/contract/problems";
import type { Manifest } from "../kubernetes-object";
import { referencedKeys } from "./workloads";

/** The ConfigMap that holds the command-line parameters of Argo CD's processes. */
export const PARAMETERS_CONFIG_MAP = "argocd-cmd-params-cm";

/**
 * The parameters that the platform sets in every environment.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/argocd-cmd-params-cm-yaml/ lists all parameters.
 */
export const PLATFORM_PARAMETERS: Readonly<Record<string, string>> = {
  "server.insecure": "false",
  // Pull request and SCM generators would let an ApplicationSet make the controller send requests to any host.
  "applicationsetcontroller.enable.scm.providers": "false",
  // Upstream triples the wait with every heal of one revision, up to five minutes. A constant second reverts each edit
  // quickly, and limits a controller that keeps changing an object to one heal per second.
  "controller.self.heal.backoff.timeout.seconds": "1",
  "controller.self.heal.backoff.factor": "1",
  "controller.self.heal.backoff.cap.seconds": "1",
};

interface ParameterRule {
  readonly names: RegExp;
  /** The only value that keeps the platform's promises. Unset: none does. */
  readonly only?: string;
  readonly fix: string;
}

/** The parameters with which a stack could break a promise of the platform. */
const RULES: readonly ParameterRule[] = [
  {
    names: /^server\.disable\.auth$/,
    only: "false",
    fix: "Remove it: without authentication, anyone who reaches the API can deploy.",
  },
  {
    names: /^controller\.self\.heal\.backoff\.(timeout\.seconds|factor|cap\.seconds)$/,
    only: "1",
    fix: "Remove it: with any other value, an edit that is repeated stays for up to five minutes.",
  },
  {
    names: /^controller\.self\.heal\.(timeout|backoff\.cooldown)\.seconds$/,
    fix: "Remove it: the platform reverts each edit after one second.",
  },
  {
    names: /^applicationsetcontroller\.enable\.scm\.providers$/,
    only: "false",
    fix: "Remove it: an ApplicationSet could make the controller send requests, with its tokens, to any host.",
  },
  {
    names: /^application(setcontroller)?\.namespaces$/,
    fix: "Remove it: everybody with write access to that namespace could create Applications.",
  },
  {
    names: /^server\.enable\.proxy\.extension$/,
    only: "false",
    fix: "Remove it: argocd-server would forward requests and their credentials.",
  },
  {
    names: /^(reposerver|dexserver)\.disable\.tls$|\.(repo|dex)\.server\.plaintext$/,
    only: "false",
    fix: "Remove it: Argo CD's processes would talk to each other without encryption.",
  },
  {
    names: /^((repo|commit|server\.dex)\.server|redis\.(server|sentinel\..+))$/,
    fix: "Remove it: another program would render what is applied, remember it, or authenticate people.",
  },
  {
    names: /^reposerver\.allow\.oob\.symlinks$/,
    only: "false",
    fix: "Remove it: a commit could read the repo-server's files.",
  },
];

/**
 * Checks that the installed processes read each parameter, because Argo CD silently ignores all others, and that none
 * breaks a promise of the platform.
 */
export function checkParameters(
  parameters: Readonly<Record<string, unknown>>,
  objects: readonly Manifest[],
): Problem[] {
  const known = [...referencedKeys(objects, PARAMETERS_CONFIG_MAP)];
  const unknown = Object.entries(parameters)
    .filter(([name]) => !known.includes(name))
    .map(([name, value]) => ({
      key: `argocd.parameters["${name}"]`,
      got: show(value),
      expected: "a parameter that Argo CD's processes read",
      fix: suggest(name, known),
    }));
  const broken = Object.entries(parameters).flatMap(([name, value]) => {
    const rule = RULES.find(({ names }) => names.test(name));
    if (!rule || String(value) === rule.only) return [];
    const { only: expected = "no value", fix } = rule;
    return [{ key: `argocd.parameters["${name}"]`, got: show(value), expected, fix }];
  });
  return [...unknown, ...broken];
}
