import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseManifest } from "@gitops-platform/components/argocd/release";
import type { Manifest } from "@gitops-platform/components/kubernetes-object";

/** The small installation beside this file, in the place of the release's two megabytes. */
export function smallManifest(): Manifest[] {
  return parseManifest(readFileSync(join(__dirname, "install.yaml"), "utf8"));
}

/** The Services, network policies and ports of the release with high availability; its workloads have nothing else. */
export function networkManifest(): Manifest[] {
  return parseManifest(readFileSync(join(__dirname, "ha-network.yaml"), "utf8"));
}
