/** The sandbox's tools, such as Helm and kube-apiserver, are built before the first test, so that no two tests do it. */
import { ensureTools } from "@gitops-platform/sandbox/tools/build";

export async function mochaGlobalSetup(): Promise<void> {
  await ensureTools();
}
