import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { approvedEnvironments, environments, findEnvironment } from "@gitops-platform/environments/environments";
import { Failure } from "@gitops-platform/contract/failure";
import { formatProblem, type Problem, suggest } from "@gitops-platform/contract/problems";
import { isMap } from "@gitops-platform/contract/values/plain";
import { checkKubeconfig, kubeconfigOf } from "@gitops-platform/environments/kubeconfig";
import { parseConfiguration } from "@gitops-platform/environments/settings/parse";
import { checkRules } from "@gitops-platform/environments/settings/rules";
import { PUBLIC_IMAGE } from "@gitops-platform/environments/settings/seed";
import type { Target } from "../target";
import { readsOtherwise } from "./secrets";
import type { StackFile, Stacks, Values } from "./stacks";
import { STATE_FILE } from "./state";

/** Asks a person one question. An empty answer is the default. */
export type Ask = (question: string, byDefault?: string) => Promise<string>;

/** The answers on the command line. Each overrides that of the file. */
export interface Flags {
  /** `owner/name`. */
  readonly repo?: string;
  readonly visibility?: string;
  /** `<environment>=<kubeconfig>:<context>`, each. */
  readonly cluster?: readonly string[];
  readonly platformTeam?: readonly string[];
  /** `<environment>=<owner>`, each. */
  readonly approvers?: readonly string[];
  readonly ciAccount?: readonly string[];
  /** The path of a YAML file with {@link Answers}. */
  readonly from?: string;
}

/**
 * What the platform is to be set up with. The values below the first two are checked later, as settings of the stacks:
 * a file can have anything there.
 */
interface Answers {
  readonly owner: string;
  readonly name: string;
  readonly visibility: unknown;
  /** By environment. */
  readonly clusters: Readonly<Record<string, Cluster>>;
  readonly platformTeam: unknown;
  /** By environment. */
  readonly approvers: unknown;
  readonly ciAccounts: unknown;
  /** The webhook URL of each environment's Argo CD. */
  readonly webhooks: unknown;
}

interface Cluster {
  readonly kubeconfig?: unknown;
  readonly context?: unknown;
  /** The URL of Argo CD's web interface there. */
  readonly argocd?: unknown;
}

const KEYS = ["repository", "visibility", "clusters", "platformTeam", "approvers", "ciAccounts", "webhooks"] as const;
type Given = Partial<Record<(typeof KEYS)[number], unknown>>;

/** kubectl's default path, which the examples use too. */
const KUBECONFIG = "~/.kube/config";

const CLUSTER = /^([^=]+)=(.+):([^:/]+)$/;

/**
 * Collects the answers: from the flags, from the file, and for the rest from the person.
 * @param ask Undefined: nobody can be asked.
 * @param stacks The stacks' files. What they contain already is proposed, such as the answers to `pulumi new`.
 * @throws {Failure} with everything that is missing or cannot be read.
 */
export async function gatherAnswers(flags: Flags, ask: Ask | undefined, stacks: Stacks): Promise<Answers> {
  const problems: string[] = [];
  const given: Given = { ...fromFile(flags.from, problems), ...fromFlags(flags, problems) };
  if (problems.length > 0) throw new Failure(...problems);
  const complete = ask ? await askForRest(given, ask, stacks) : given;
  problems.push(...missing(complete));
  const [, owner = "", name = ""] = /^([^/\s]+)\/([^/\s]+)$/.exec(String(complete.repository)) ?? [];
  if (complete.repository !== undefined && owner === "") {
    problems.push(
      `repository: got ${JSON.stringify(complete.repository)}; expected <organisation>/<name>. Pass --repo.`,
    );
  }
  if (problems.length > 0) throw new Failure(...problems);
  const { visibility, platformTeam, approvers, ciAccounts, webhooks } = complete;
  return { owner, name, visibility, clusters: clustersOf(complete), platformTeam, approvers, ciAccounts, webhooks };
}

function fromFile(file: string | undefined, problems: string[]): Given {
  if (file === undefined) return {};
  const problem = (got: string) =>
    problems.push(`--from: got ${file}${got}; expected YAML with the keys ${KEYS.join(", ")}. Correct it.`);
  try {
    const content: unknown = parse(readFileSync(file, "utf8"));
    if (isMap(content)) {
      const unknown = Object.keys(content).filter((key) => !(KEYS as readonly string[]).includes(key));
      for (const key of unknown)
        problems.push(`${key}: got a value in ${file}; expected a known key. ${suggest(key, KEYS)}`);
      return content;
    }
    problem(", which is no map");
  } catch (error) {
    problem(` (${error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)})`);
  }
  return {};
}

function fromFlags(flags: Flags, problems: string[]): Given {
  const pairs = (option: string, values: readonly string[] = [], pattern: RegExp, form: string) =>
    values.map((value) => {
      const found = pattern.exec(value);
      if (!found) problems.push(`${option}: got ${JSON.stringify(value)}; expected ${form}. Correct it.`);
      return found ?? [];
    });
  const clusters = pairs("--cluster", flags.cluster, CLUSTER, "<environment>=<kubeconfig>:<context>");
  const approvers = pairs("--approvers", flags.approvers, /^([^=]+)=(.+)$/, "<environment>=<organisation>/<team>");
  const byEnvironment = Object.groupBy(approvers, ([, environment = ""]) => environment);
  return {
    ...(flags.repo !== undefined && { repository: flags.repo }),
    ...(flags.visibility !== undefined && { visibility: flags.visibility }),
    ...(clusters.length > 0 && {
      clusters: Object.fromEntries(clusters.map(([, name, kubeconfig, context]) => [name, { kubeconfig, context }])),
    }),
    ...(flags.platformTeam?.length && { platformTeam: flags.platformTeam }),
    ...(approvers.length > 0 && {
      approvers: Object.fromEntries(
        Object.entries(byEnvironment).map(([name, list = []]) => [name, list.map(([, , owner]) => owner)]),
      ),
    }),
    ...(flags.ciAccount?.length && { ciAccounts: flags.ciAccount }),
  };
}

async function askForRest(given: Given, ask: Ask, { all: stacks }: Stacks): Promise<Given> {
  const repository = given.repository ?? (await ask("The GitOps repository, as <organisation>/<name>"));
  const [owner = ""] = (typeof repository === "string" ? repository : "").split("/");
  const clusters: Record<string, Cluster> = { ...clustersOf(given) };
  let last = KUBECONFIG;
  for (const stack of stacks) {
    const { environment: name } = stack;
    const { kubeconfig, context, argocd } = clusters[name] ?? {};
    const [itsFile, itsContext] = [stack.get("kubeconfig"), stack.get("context")];
    if (typeof itsFile === "string" && itsFile !== KUBECONFIG) last = itsFile;
    const file = kubeconfig ?? (await ask(`${name}: the kubeconfig of its cluster`, last));
    if (typeof file === "string") last = file;
    clusters[name] = {
      kubeconfig: file,
      context:
        context ?? (await ask(`${name}: the context in that file`, typeof itsContext === "string" ? itsContext : name)),
      ...(argocd !== undefined && { argocd }),
    };
  }
  const teams = async (question: string, byDefault: string) =>
    (await ask(`${question}, separated by commas`, byDefault)).split(/[\s,]+/).filter((text) => text !== "");
  const platformTeam = given.platformTeam ?? (await teams("Owners of charts and workflows", `${owner}/platform`));
  const approvers: Record<string, unknown> = isMap(given.approvers) ? { ...given.approvers } : {};
  for (const name of approvedEnvironments()) {
    approvers[name] ??= await teams(`Approvers for ${name}`, `${owner}/${name}-approvers`);
  }
  return { ...given, repository, clusters, platformTeam, approvers };
}

function missing(given: Given): string[] {
  const clusters = clustersOf(given);
  const approvers = isMap(given.approvers) ? given.approvers : {};
  const nothing = (key: string, expected: string, option: string) =>
    `${key}: got nothing; expected ${expected}. Pass ${option}, or set it in the file of --from.`;
  return [
    ...(given.repository === undefined
      ? [nothing("repository", "the GitOps repository", "--repo <organisation>/<name>")]
      : []),
    ...environments
      .filter(({ name }) => clusters[name] === undefined)
      .map(({ name }) => nothing(`clusters.${name}`, "its cluster", `--cluster ${name}=<kubeconfig>:<context>`)),
    ...(given.platformTeam === undefined
      ? [nothing("platformTeam", "the owners of charts and workflows", "--platform-team <organisation>/<team>")]
      : []),
    ...approvedEnvironments()
      .filter((name) => approvers[name] === undefined)
      .map((name) => nothing(`approvers.${name}`, "who approves", `--approvers ${name}=<organisation>/<team>`)),
    ...Object.keys(clusters)
      .filter((name) => !environments.some((environment) => environment.name === name))
      .map((name) => {
        const fix = suggest(
          name,
          environments.map((environment) => environment.name),
        );
        return `clusters.${name}: got a cluster; expected the name of an environment. ${fix}`;
      }),
  ];
}

function clustersOf({ clusters }: Given): Record<string, Cluster> {
  if (!isMap(clusters)) return {};
  return Object.fromEntries(Object.entries(clusters).map(([name, cluster]) => [name, isMap(cluster) ? cluster : {}]));
}

const FIRST_SERVICE = "hello";

/** Settings that `gitops init` adds after the answers are checked. */
const LATER = [
  ...["webhookSecret", "webhookSecrets", "repositoryKey", "deployKeys", "githubToken", "repository.checksApp"],
  ...["repository.bumpApp", "bumpAppKey", "releaseAppKey", "argocd.deployments", "deploymentsAppKey"],
  "repository.seedTeam",
];

/**
 * Puts the answers into the stacks' settings, in memory, and checks them by the program's own rules.
 * @throws {Failure} with the problems of all stacks.
 */
export function applyAnswers(stacks: Stacks, answers: Answers, server: Target["server"]): void {
  const problems = stacks.all.flatMap((stack) => {
    if (!stack.dropExample()) {
      const other = otherRepository(stack, answers);
      if (other) return [`${stack.name}: ${formatProblem(other)}`];
    }
    stack.set(valuesOf(stack, answers, server));
    if (stack === stacks.owner) stack.set(ownerValues(answers));
    return check(stack).map((problem) => `${stack.name}: ${formatProblem(problem)}`);
  });
  if (problems.length > 0) throw new Failure(...problems);
}

function valuesOf(stack: StackFile, { owner, name, clusters }: Answers, server: string): Values {
  const cluster = clusters[stack.environment];
  const isGitHub = server === "https://github.com";
  return {
    kubeconfig: hasContent(stack) ? undefined : cluster?.kubeconfig,
    context: cluster?.context,
    "argocd.url": cluster?.argocd,
    "repository.owner": owner,
    "repository.name": name,
    // A deploy key is for SSH.
    "repository.url": readsOtherwise(stack) ? undefined : `ssh://git@${new URL(server).hostname}/${owner}/${name}.git`,
    ...(!isGitHub && { "repository.apiUrl": `${server}/` }),
  };
}

/**
 * Gives a new repository a service that runs before anybody has pushed an image, if the settings name none yet. It is
 * not called `api`: the first bump of a service changes its tag only, and would keep this image. A service belongs to a
 * team, so there is none if neither the platform nor the approvers have one.
 */
export function setFirstService({ owner }: Stacks): void {
  if (owner.get("repository.seed") !== undefined) return;
  const approvers = owner.get("repository.approvers");
  const isByDefault = teamsIn(owner.get("repository.platformTeam")).length > 0;
  const [other] = teamsIn(isMap(approvers) ? Object.values(approvers).flat() : []);
  const team = owner.get("repository.seedTeam") ?? (isByDefault ? undefined : other);
  if (!isByDefault && team === undefined) owner.set({ "repository.seed": [] });
  else {
    const first = { "repository.seed": [FIRST_SERVICE], "repository.seedImage": PUBLIC_IMAGE };
    owner.set({ ...first, "repository.seedTeam": team });
  }
}

/** The teams among owners, which are `<organisation>/<team>`, by the names that GitHub's addresses have. */
function teamsIn(owners: unknown): string[] {
  return (Array.isArray(owners) ? owners : []).flatMap((owner) => String(owner).toLowerCase().split("/").slice(1));
}

/** Whether the stack has the kubeconfig's content, which replaces the path. */
function hasContent(stack: StackFile): boolean {
  return stack.get("kubeconfigContent") !== undefined;
}

function ownerValues({ visibility, platformTeam, approvers, ciAccounts, webhooks }: Answers): Values {
  return {
    "repository.visibility": visibility,
    "repository.platformTeam": platformTeam,
    "repository.approvers": approvers,
    "repository.ciAccounts": ciAccounts,
    webhooks,
  };
}

/** A stack that was set up for another repository must not be changed by accident. */
function otherRepository(stack: StackFile, { owner, name }: Answers): Problem | undefined {
  const found = [stack.get("repository.owner"), stack.get("repository.name")];
  const isSame = found.every((value, index) => value === undefined || value === [owner, name][index]);
  if (isSame) return undefined;
  const fix = `Choose that repository, or move ${stack.name} and ${STATE_FILE} away.`;
  return { key: "repository", got: found.map(String).join("/"), expected: `${owner}/${name}`, fix };
}

function check(stack: StackFile): Problem[] {
  const environment = findEnvironment(stack.environment);
  if (!environment) return [];
  const raw = stack.plain();
  const { configuration, problems } = parseConfiguration(raw);
  const given = new Set(Object.keys(raw).map((key) => key.replace(/^gitops-platform:/, "")));
  // An encrypted value is not among the plain ones.
  const later = hasContent(stack) ? [...LATER, "kubeconfig"] : LATER;
  const isLater = ({ key }: Problem) => later.some((each) => key === each || key.startsWith(`${each}.`));
  return [
    ...problems,
    ...checkKubeconfig(kubeconfigOf(configuration), configuration.context),
    ...checkRules(configuration, given, environment).filter((problem) => !isLater(problem)),
  ];
}
