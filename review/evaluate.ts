import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parse, stringify } from "yaml";
import { EngineError, review } from "../engine";
import { environments } from "../environments/catalogue";
import { offlineProviders } from "./offline";
import { environmentReview, type EnvironmentReview } from "./review";
import { reviewConfig, shownSecrets } from "./stack-config";

/** Which stack of which program, judged by which pack. */
export interface Subject {
  /** Folder of Pulumi.yaml. */
  projectDir: string;
  stack: string;
  /** Folder of the policy pack. */
  packDir: string;
  /** Its configuration, in JSON; undefined: its own defaults. */
  packConfig: string | undefined;
}

/** The stacks that a project has a committed configuration for, in the order in which a change flows through them. */
export function stacksOf(projectDir: string): string[] {
  const names = readdirSync(projectDir).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.slice(1) ?? []);
  const known = environments.map(({ name }) => name);
  return [...known.filter((name) => names.includes(name)), ...names.filter((name) => !known.includes(name)).sort()];
}

/**
 * Looks for secrets in stacks' committed configurations that are not encrypted.
 * @throws EngineError that names each of them. Their values are told to nobody.
 */
export function refuseShownSecrets(projectDir: string, stacks: readonly string[]): void {
  const problems = stacks.flatMap((stack) =>
    shownSecrets(committedConfig(projectDir, stack)).map(
      (key) =>
        `Pulumi.${stack}.yaml: ${key}: got plain text; expected an encrypted value. ` +
        `Run: pulumi config set --stack ${stack} --secret --path ${key}, with a new value: Git may have shown this one.`,
    ),
  );
  if (problems.length > 0) throw new EngineError(problems.join("\n"));
}

function committedConfig(projectDir: string, stack: string): Record<string, unknown> {
  const text = readFileSync(path.join(projectDir, `Pulumi.${stack}.yaml`), "utf8");
  return (parse(text) as { config?: Record<string, unknown> } | null)?.config ?? {};
}

/** Evaluates a stack with the local engine: no cluster, no credentials, nothing is changed and nothing remembered. */
export async function evaluateStack({ projectDir, stack, packDir, packConfig }: Subject): Promise<EnvironmentReview> {
  const folder = mkdtempSync(path.join(tmpdir(), "review-"));
  try {
    const { configFile, placeholders } = writeConfig(projectDir, stack, folder);
    const evaluation = await review({
      projectDir,
      stack,
      configFile,
      stateFile: path.join(folder, "state.json"),
      providers: offlineProviders,
      policyPack: { folder: packDir, ...(packConfig !== undefined && { configFile: packConfig }) },
    });
    return environmentReview(stack, evaluation, placeholders);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Writes a stack's configuration as it can be evaluated anywhere, and a kubeconfig that has its context.
 * @param folder Where both files go.
 * @param more Further keys, over the committed ones.
 */
export function writeConfig(
  projectDir: string,
  stack: string,
  folder: string,
  more: Readonly<Record<string, unknown>> = {},
): { configFile: string; placeholders: string[] } {
  const kubeconfig = path.join(folder, "kubeconfig");
  const { config, placeholders } = reviewConfig(stack, { ...committedConfig(projectDir, stack), ...more }, kubeconfig);
  writeFileSync(kubeconfig, stringify({ contexts: [{ name: config["gitops-platform:context"] }] }));
  const configFile = path.join(folder, `Pulumi.${stack}.yaml`);
  writeFileSync(configFile, stringify({ config }));
  return { configFile, placeholders };
}
