import { formatProblem, type Problem } from "@gitops-platform/contract/problems";
import { Failure } from "@gitops-platform/contract/failure";
import { findEnvironment } from "@gitops-platform/environments/environments";
import { checkKubeconfig, kubeconfigOf } from "@gitops-platform/environments/kubeconfig";
import { parseConfiguration } from "@gitops-platform/environments/settings/parse";
import { checkRules } from "@gitops-platform/environments/settings/rules";
import type { Target } from "../target";
import type { Answers } from "./answers";
import { readsOtherwise } from "./secrets";
import type { StackFile, Stacks, Values } from "./stacks";
import { STATE_FILE } from "./state";

/** Settings that `gitops init` adds after the answers are checked. */
const LATER = [
  ...["webhookSecret", "webhookSecrets", "repositoryKey", "deployKeys", "githubToken", "repository.checksApp"],
  ...["repository.bumpApp", "bumpAppKey", "releaseAppKey", "argocd.deployments", "deploymentsAppKey"],
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
