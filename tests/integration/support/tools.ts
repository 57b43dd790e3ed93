import { delimiter } from "node:path";
import { ensureTools } from "@gitops-platform/sandbox/tools/build";

/**
 * Puts the sandbox's tools, including the real Helm, first on the PATH of a suite's tests. Builds them first if
 * necessary.
 */
export function useTools(): void {
  const path = process.env.PATH;
  before(async () => {
    process.env.PATH = `${(await ensureTools()).bin}${delimiter}${path ?? ""}`;
  });
  after(() => {
    process.env.PATH = path;
  });
}
