import type { CataloguePolicy } from "@gitops-platform/components/delivery/objects";
import type { DeliveringEnvironment } from "@gitops-platform/components/delivery/target";
import { DELIVERY_POLICY_PATH } from "@gitops-platform/contract/catalogue";
import { type EnvironmentGraph, isEnvironmentName } from "@gitops-platform/contract/environment-graph";
import { Failure } from "@gitops-platform/contract/failure";
import { parseYaml } from "@gitops-platform/contract/values/parse";
import { followsApprovals } from "@gitops-platform/environments/environments";
import { GROUP_RULE, isGroupName, isReservedGroup } from "@gitops-platform/environments/names";
import { parseUrl } from "@gitops-platform/environments/url";
import { Entry, type FileProblem } from "@gitops-platform/rules/entry";
import type { Clone } from "../git/clone";

/**
 * Reads the policy of a revision, for the environments that are the same in the graph. They can differ for a while: of
 * the pull requests that add an environment, the one with the policy is merged last.
 * @throws {Failure} if there is none, or with everything that is wrong with it.
 */
export async function policyAt(clone: Clone, revision: string, graph: EnvironmentGraph): Promise<CataloguePolicy> {
  const text = await clone.read(revision, DELIVERY_POLICY_PATH);
  if (text === undefined) {
    throw new Failure(`${DELIVERY_POLICY_PATH}: got nothing; expected how services are delivered. ${RESTORE}`);
  }
  return agreeing(parsePolicy(text), graph);
}

/** A policy without the environments that differ from those of the graph. */
export function agreeing(policy: CataloguePolicy, graph: EnvironmentGraph): CataloguePolicy {
  const environments = policy.environments.filter(
    ({ name, delivery }) => graph.has(name) && graph.approved.includes(name) === followsApprovals(delivery),
  );
  return { ...policy, environments };
}

const RESTORE = "Bring the platform's file: gitops platform.";

/**
 * Parses the policy.
 * @throws {Failure} with everything that is wrong with it.
 */
export function parsePolicy(text: string): CataloguePolicy {
  const { root, lines, problems: invalid } = parseYaml(text);
  const problems: FileProblem[] = invalid.map((problem) => ({ file: DELIVERY_POLICY_PATH, ...problem }));
  const file = new Entry(root, "", { file: DELIVERY_POLICY_PATH, lines, problems });
  const policy = problems.length > 0 ? undefined : readPolicy(file);
  if (policy && problems.length === 0) return policy;
  throw new Failure(
    ...problems.map(({ line = 1, column = 1, message }) => `${DELIVERY_POLICY_PATH}:${line}:${column}: ${message}`),
  );
}

function readPolicy(file: Entry): CataloguePolicy {
  const { repositoryUrl, environments } = required(file, ["repositoryUrl", "environments"]);
  return {
    repositoryUrl: readUrl(repositoryUrl),
    environments: (environments?.entries(RESTORE) ?? []).map(([name, entry]) => readEnvironment(name, entry)),
  };
}

/** The entries of keys that must all be there. */
function required<K extends string>(entry: Entry, keys: readonly K[]): Partial<Record<K, Entry>> {
  const found = entry.keys(keys);
  for (const key of keys) if (!found[key]) entry.problem(`a line with ${key}`, RESTORE);
  return found;
}

function readUrl(entry: Entry | undefined): string {
  const expected = "the URL from which Argo CD clones the repository";
  const url = entry?.text(expected, RESTORE);
  if (url !== undefined && !parseUrl(url)) entry?.problem(expected, RESTORE);
  return url ?? "";
}

const KEYS = ["delivery", "prune", "cascade", "retain", "podSecurity", "quota", "operators"] as const;

function readEnvironment(name: string, entry: Entry): DeliveringEnvironment {
  const found = required(entry, KEYS);
  if (!isEnvironmentName(name)) entry.problem("the name of an environment as its key", RESTORE);
  return {
    name,
    delivery: readDelivery(found.delivery),
    prune: found.prune?.flag() ?? false,
    cascade: found.cascade?.flag() ?? false,
    retain: found.retain?.flag() ?? false,
    podSecurity: choice(found.podSecurity, ["restricted", "baseline"]),
    quota: readQuota(found.quota),
    operators: (found.operators?.list(RESTORE, "") ?? []).flatMap((operator) => readGroup(operator) ?? []),
  };
}

/** The name goes into the projects' policies, so it is checked like the groups of a declaration. */
function readGroup(entry: Entry): string | undefined {
  const name = entry.text(GROUP_RULE, RESTORE);
  if (name === undefined) return undefined;
  if (!isGroupName(name)) entry.problem(GROUP_RULE, RESTORE);
  else if (isReservedGroup(name)) entry.problem("a name that Argo CD does not reserve", RESTORE);
  return name;
}

function readDelivery(entry: Entry | undefined): DeliveringEnvironment["delivery"] {
  const { sync, drift } = entry ? required(entry, ["sync", "drift"]) : {};
  return { sync: choice(sync, ["auto", "manual"]), drift: choice(drift, ["heal", "alert"]) };
}

/** One of some words; the first of them for anything else, which is a problem. */
function choice<Word extends string>(entry: Entry | undefined, words: readonly [Word, ...Word[]]): Word {
  const expected = `one of ${words.join(", ")}`;
  const text = entry?.text(expected, RESTORE);
  const word = words.find((each) => each === text);
  if (text !== undefined && word === undefined) entry?.problem(expected, RESTORE);
  return word ?? words[0];
}

const QUOTA = ["pods", "requests.cpu", "requests.memory", "limits.memory"] as const;

function readQuota(entry: Entry | undefined): DeliveringEnvironment["quota"] {
  const found: Partial<Record<(typeof QUOTA)[number], Entry>> = entry ? required(entry, QUOTA) : {};
  const amount = (key: (typeof QUOTA)[number]) => found[key]?.text("an amount of Kubernetes, as text", RESTORE) ?? "";
  return {
    pods: amount("pods"),
    "requests.cpu": amount("requests.cpu"),
    "requests.memory": amount("requests.memory"),
    "limits.memory": amount("limits.memory"),
  };
}
