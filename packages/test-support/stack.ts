import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RawConfiguration } from "@gitops-platform/environments/settings/parse";

/** A configuration as Pulumi hands it to programs: text by full key, structured values as JSON. */
export function raw(values: Record<string, unknown>): RawConfiguration {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [`gitops-platform:${key}`, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

/** A kubeconfig on disk with these contexts. It holds nothing else: no test reaches a cluster. */
export class KubeconfigFile {
  private readonly folder = mkdtempSync(join(tmpdir(), "gitops-platform-"));
  readonly path = join(this.folder, "kubeconfig");

  constructor(contexts: readonly string[]) {
    writeFileSync(this.path, JSON.stringify({ contexts: contexts.map((name) => ({ name })) }));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
