/** Builds the tools, such as Helm and kube-apiserver, before the first test, so that no two tests do. */
import { ensureTools } from "@gitops-platform/sandbox/tools/build";

export async function mochaGlobalSetup(): Promise<void> {
  await ensureTools();
}
