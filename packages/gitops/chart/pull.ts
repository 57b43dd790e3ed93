import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { Failure } from "@gitops-platform/contract/failure";
import { requireProgram } from "../program-version";
import { messageOf } from "./helm";
import type { Origin } from "./origin";

/** Fetches the archive of one version of a chart. */
export type Pull = (place: Pick<Origin, "from" | "chart" | "version">) => Promise<Buffer>;

/** How long a repository may take to answer, in milliseconds. */
const TIMEOUT = 120_000;

/**
 * Fetches by `helm pull`.
 * @param env The environment of the person who runs it: Helm keeps the logins of registries in their folders.
 */
export function pullWithHelm(env: Readonly<Record<string, string>>): Pull {
  return async ({ from, chart, version }) => {
    await requireProgram("helm", env);
    const place = from.startsWith("oci://") ? [`${from.replace(/\/$/, "")}/${chart}`] : [chart, "--repo", from];
    const folder = await mkdtemp(join(tmpdir(), "gitops-chart-"));
    try {
      const args = ["pull", ...place, "--version", version, "--destination", folder];
      const run = await execa("helm", args, { env, extendEnv: false, reject: false, timeout: TIMEOUT });
      const [archive, ...more] = (await readdir(folder)).filter((name) => name.endsWith(".tgz"));
      if (run.exitCode === 0 && archive !== undefined && more.length === 0)
        return await readFile(join(folder, archive));
      const got = run.timedOut ? "no answer" : messageOf(run.stderr) || "no archive";
      const fix = "Correct from, chart or version; for a private registry, log in with helm registry login.";
      throw new Failure(`from: got ${got}; expected ${chart} ${version} of ${from}. ${fix}`);
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  };
}
