import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { clusterProvider } from "@gitops-platform/components/providers";
import { forProvider } from "@gitops-platform/environments/kubeconfig";

const config = new pulumi.Config();

const content = config.get("kubeconfigContent");

const provider = clusterProvider({
  kubeconfig: forProvider(
    content === undefined ? { path: config.require("kubeconfig") } : { content },
    config.get("accountHome"),
  ),
  context: "dev",
});

new kubernetes.core.v1.Namespace("argocd", { metadata: { name: "argocd" } }, { provider });
