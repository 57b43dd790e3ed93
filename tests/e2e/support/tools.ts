import { delimiter } from "node:path";
import { ensureTools } from "../../../sandbox/tools/build";

/**
 * Puts the sandbox's tools, the real Helm among them, first on the PATH of a suite's tests. They may have to be built
 * first.
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
