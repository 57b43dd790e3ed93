import { HIDDEN, type Problem } from "@gitops-platform/contract/problems";
import { area, type ConfigurationOf } from "./setting";
import { flag, nonEmptyText } from "./values";

const setKubeconfig = "Run: pulumi config set kubeconfig '~/.kube/config'";
const setContent = "Run: pulumi config set --secret kubeconfigContent < <file>";
const setContext = "Run: pulumi config set context <context>";

/** The settings of the stack itself: its cluster, and whether Pulumi may delete it. */
export const stackArea = area({
  kubeconfig: {
    schema: nonEmptyText("the path of a kubeconfig file", setKubeconfig),
    doc:
      "The path of the kubeconfig for the cluster. A leading `~/` is the home folder of the user who runs Pulumi; " +
      "the state keeps it as `~/`.",
    example: "~/.kube/config",
    required: {
      by: "every stack",
      unless: "kubeconfigContent",
      fix: `${setKubeconfig}. CI can have its content instead, in kubeconfigContent.`,
    },
  },
  kubeconfigContent: {
    schema: nonEmptyText("the content of a kubeconfig file", setContent),
    doc:
      "The content of the kubeconfig for the cluster, in YAML or JSON, instead of its path: " +
      "for CI, and for a cluster that another Pulumi program or Pulumi ESC provides. " +
      "Changing between path and content updates the provider alone.",
    example: "pulumi config set --secret kubeconfigContent < kubeconfig",
    secret: true,
  },
  context: {
    schema: nonEmptyText("the name of a context of that kubeconfig", setContext),
    doc:
      "The kubeconfig's context for the cluster; the current context is never used. It identifies the cluster: " +
      "another context replaces every object, another server URL in the same context changes nothing.",
    example: "prod",
    required: { by: "every stack", fix: setContext },
  },
  protect: {
    schema: flag("Remove it for the environment's default."),
    doc: "Whether Pulumi refuses to delete the environment's essential resources.",
    default: "the environment's: true in prod",
    example: true,
  },
});

/** Checks that a stack has a kubeconfig by its path or by its content, and not by both. */
export function checkKubeconfigSettings({
  kubeconfig,
  kubeconfigContent,
}: ConfigurationOf<typeof stackArea>): Problem[] {
  if (kubeconfig === undefined || kubeconfigContent === undefined) return [];
  const fix = "Keep one. Run: pulumi config rm kubeconfig";
  return [{ key: "kubeconfigContent", got: HIDDEN, expected: "nothing if kubeconfig is set", fix }];
}
