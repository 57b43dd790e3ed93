import { show, suggest, type Problem } from "@gitops-platform/contract/problems";
import type { Manifest } from "../kubernetes-object";
import { referencedKeys } from "./references";

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

/** Checks that the installed processes read each parameter: Argo CD silently ignores all others. */
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
  const anonymous = Object.entries(parameters)
    .filter(([name, value]) => name === "server.disable.auth" && String(value) !== "false")
    .map(([name, value]) => ({
      key: `argocd.parameters["${name}"]`,
      got: show(value),
      expected: "false",
      fix: "Remove it: without authentication, anyone who reaches the API can deploy.",
    }));
  return [...unknown, ...anonymous];
}
