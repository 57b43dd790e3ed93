import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parse, stringify } from "yaml";
import { EngineError, review } from "@gitops-platform/engine";
import { environments } from "@gitops-platform/environments/environments";
import { catalogueResources } from "./catalogue";
import { offlineProviders } from "./offline";
import { environmentReview, type EnvironmentReview } from "./review";
import { plainTextSecrets, reviewConfig } from "./stack-config";

/** A stack to evaluate, and the policy pack to evaluate it with. */
export interface Subject {
  /** Folder that contains Pulumi.yaml. */
  projectDir: string;
  stack: string;
  /** Folder of the policy pack. */
  packDir: string;
  /** JSON file with the pack's configuration; undefined: the pack's defaults. */
  packConfig: string | undefined;
  /** A clone of the GitOps repository, whose catalogue is evaluated too; undefined: the program alone. */
  gitopsRepository?: string | undefined;
}

/** The stacks with a configuration file in the project, in the order of promotion, then others by name. */
export function stacksOf(projectDir: string): string[] {
  const names = readdirSync(projectDir).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.slice(1) ?? []);
  const known = environments.map(({ name }) => name);
  return [...known.filter((name) => names.includes(name)), ...names.filter((name) => !known.includes(name)).sort()];
}

/**
 * Looks for secrets in stacks' committed configurations that are not encrypted.
 * @throws EngineError that lists the keys of all of them, without their values.
 */
export function rejectPlainTextSecrets(projectDir: string, stacks: readonly string[]): void {
  const problems = stacks.flatMap((stack) =>
    plainTextSecrets(committedConfig(projectDir, stack)).map(
      (key) =>
        `Pulumi.${stack}.yaml: ${key}: got plain text; expected an encrypted value. ` +
        `Set a new value, because Git may have exposed this one: ` +
        `pulumi config set --stack ${stack} --secret --path ${key}`,
    ),
  );
  if (problems.length > 0) throw new EngineError(problems.join("\n"));
}

function committedConfig(projectDir: string, stack: string): Record<string, unknown> {
  const text = readFileSync(path.join(projectDir, `Pulumi.${stack}.yaml`), "utf8");
  return (parse(text) as { config?: Record<string, unknown> } | null)?.config ?? {};
}

/** Evaluates a stack with the local engine. Needs no cluster and no credentials, changes nothing and keeps no state. */
export async function evaluateStack(subject: Subject): Promise<EnvironmentReview> {
  const { projectDir, stack, packDir, packConfig, gitopsRepository } = subject;
  const folder = mkdtempSync(path.join(tmpdir(), "review-"));
  try {
    const { configFile, placeholders } = writeConfig(projectDir, stack, folder);
    const evaluation = await review({
      projectDir,
      stack,
      configFile,
      stateFile: path.join(folder, "state.json"),
      providers: offlineProviders,
      others: gitopsRepository === undefined ? [] : await catalogueResources(gitopsRepository, stack),
      policyPack: { folder: packDir, ...(packConfig !== undefined && { configFile: packConfig }) },
    });
    return environmentReview(stack, evaluation, placeholders);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Writes a configuration with which a stack can be evaluated on any machine, and a kubeconfig with its context.
 * @param folder The folder for both files.
 * @param more Additional keys, which override the committed ones.
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
