import { area } from "./setting";
import { flag, nonEmptyText } from "./values";

const setKubeconfig = "Run: pulumi config set kubeconfig '~/.kube/config'";
const setContext = "Run: pulumi config set context <context>";

/** The settings of the stack itself: its cluster, and whether Pulumi may delete it. */
export const stackArea = area({
  kubeconfig: {
    schema: nonEmptyText("the path of a kubeconfig file", setKubeconfig),
    doc:
      "The path of the kubeconfig for the cluster. A leading `~/` is the home folder of the user who runs Pulumi; the " +
      "state keeps it as `~/`.",
    example: "~/.kube/config",
    required: { by: "every stack", fix: setKubeconfig },
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
