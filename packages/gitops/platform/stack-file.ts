import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parse } from "yaml";
import { declarationProblems, environments, findEnvironment } from "@gitops-platform/environments/environments";
import type { Environment } from "@gitops-platform/environments/environment";
import { checkApprovalBranch, effectiveDelivery } from "@gitops-platform/environments/settings/delivery";
import { checkOwners } from "@gitops-platform/environments/settings/owners";
import { parseConfiguration } from "@gitops-platform/environments/settings/parse";
import { formatProblem } from "@gitops-platform/contract/problems";
import { ownsRepository } from "@gitops-platform/environments/settings/rules";
import type { Configuration } from "@gitops-platform/environments/settings/table";
import { Failure } from "@gitops-platform/contract/failure";
import { pageOf } from "../target";

const owning = environments.find(({ manageRepository }) => manageRepository);
/** The file of the stack that owns the repository by default. */
export const OWNING_STACK_FILE = `Pulumi.${owning?.name ?? "<stack>"}.yaml`;

/** The settings that determine the repository's content. None of them is a secret. */
const KEYS = ["repository"];

/** The settings of the repository in the file of the stack that owns it. */
export type RepositorySettings = NonNullable<Configuration["repository"]>;

/**
 * The environments with the policies that their stacks set, from the stack files in the same folder. An environment
 * without a stack file keeps its own policy, which is logged: its stack may set another one elsewhere.
 * @throws {Failure} with every problem of these settings.
 */
export function readPolicies(file: string, log: (line: string) => void): Environment[] {
  return environments.map((environment) => {
    const own = join(dirname(file), `Pulumi.${environment.name}.yaml`);
    if (!existsSync(own)) {
      log(`${own} does not exist: ${environment.name} gets the policy that the program declares.`);
      return environment;
    }
    const { configuration, problems } = parseKeys(readYaml(own), ["delivery"]);
    const all = [...problems, ...checkApprovalBranch(configuration, environment)].map(formatProblem);
    if (all.length > 0) throw new Failure(`${own} has problems:`, ...all.map((problem) => `  ${problem}`));
    return { ...environment, delivery: effectiveDelivery(environment.delivery, configuration.delivery) };
  });
}

/**
 * Reads the plain settings of the stack that owns the repository from `Pulumi.<stack>.yaml`. Encrypted values are
 * skipped.
 * @throws {Failure} with every problem: a missing file, an unknown environment, a stack that does not own the
 *   repository or an invalid setting.
 */
export function readStackFile(file: string): RepositorySettings {
  const configuration = readYaml(file);
  const [, stack = ""] = /^Pulumi\.(.+)\.ya?ml$/.exec(basename(file)) ?? [];
  const environment = findEnvironment(stack);
  if (!environment) {
    throw new Failure(`--stack-file: got ${file}; expected Pulumi.<environment>.yaml. Name the file of a stack.`);
  }
  const { configuration: parsed, problems } = parseKeys(configuration, KEYS);
  const { repository } = parsed;
  if (problems.length === 0 && repository && !ownsRepository(parsed, environment)) {
    throw new Failure(
      `${file}: got a stack that does not own the repository; expected the one that does. Name its file.`,
    );
  }
  const all = [...declarationProblems(), ...problems, ...checkOwners(parsed)].map(formatProblem);
  if (all.length > 0) throw new Failure(`${file} has problems:`, ...all.map((problem) => `  ${problem}`));
  if (!repository) throw new Failure(`repository: got nothing in ${file}; expected owner and name. Set them.`);
  return repository;
}

function parseKeys(config: Readonly<Record<string, unknown>>, keys: readonly string[]) {
  const raw = Object.entries(config).flatMap(([key, value]): [string, string][] => {
    const isWanted = keys.includes(key.replace(/^gitops-platform:/, ""));
    return isWanted ? [[key, typeof value === "string" ? value : JSON.stringify(value)]] : [];
  });
  return parseConfiguration(Object.fromEntries(raw));
}

/** The URL of the repository's page. */
export function addressOf({ owner, name, apiUrl }: RepositorySettings): string {
  const server = (apiUrl ?? "https://github.com").replace(/\/(api\/v3\/?)?$/, "");
  return pageOf({ server, owner, name });
}

function readYaml(file: string): Record<string, unknown> {
  try {
    const { config } = parse(readFileSync(file, "utf8")) as { config?: unknown };
    if (typeof config === "object" && config !== null) return config as Record<string, unknown>;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new Failure(
      `--stack-file: got ${file} (${reason ?? ""}); expected a stack's file. Name it: ${OWNING_STACK_FILE}.`,
    );
  }
  throw new Failure(
    `--stack-file: got ${file}, without config; expected a stack's file. Name it: ${OWNING_STACK_FILE}.`,
  );
}
