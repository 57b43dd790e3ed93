import { parseUrl } from "./url";
import { environmentBranch } from "../contract/branches";
import { followsApprovals } from "./catalogue";
import { checkDeployKeys, checkReadCredential } from "./credentials";
import type { DeliveryPolicy, Environment } from "./environment";
import { cloneUrlOf } from "./github-url";
import { checkNotifications } from "./notifications";
import { checkOwners } from "./owners";
import { HIDDEN, show, suggest, type Problem } from "./problems";
import type { Configuration } from "./schema";
import { CHARTS } from "../contract/paths";
import { checkExposure, checkWebhooks } from "./webhooks";
import { checkWorkflowApps } from "./workflow-apps";

/** The services of a stack that configures none. */
export const DEFAULT_SERVICES: NonNullable<Configuration["services"]> = [{ name: "api" }];

/** Checks rules that involve more than one key: required keys, exclusions and consistency. */
export function checkRules(
  configuration: Configuration,
  raw: ReadonlySet<string>,
  environment: Environment,
): Problem[] {
  const owns = ownsRepository(configuration, environment);
  return [
    ...requiredKeys(raw),
    ...distinctServices(configuration),
    ...reservedServiceNames(configuration),
    ...reservedNamespaces(configuration),
    ...seededServices(configuration),
    ...approvalBranch(configuration, environment),
    ...checkNotifications(configuration, effectiveDelivery(environment.delivery, configuration.delivery)),
    ...repositoryUrl(configuration),
    ...checkReadCredential(configuration),
    ...(owns ? owningStack(configuration) : otherStack(configuration)),
    ...checkWebhooks(configuration, environment, owns),
    ...checkExposure(configuration, environment),
  ];
}

/** Whether this stack owns the GitOps repository. */
export function ownsRepository({ repository }: Configuration, environment: Environment): boolean {
  return repository?.manage ?? environment.manageRepository;
}

/** The environment's delivery policy, with the stack's overrides. */
export function effectiveDelivery(own: DeliveryPolicy, delivery: Configuration["delivery"]): DeliveryPolicy {
  return { sync: delivery?.sync ?? own.sync, drift: delivery?.drift ?? own.drift };
}

function requiredKeys(raw: ReadonlySet<string>): Problem[] {
  const required = {
    kubeconfig: "Run: pulumi config set kubeconfig ~/.kube/config",
    context: "Run: pulumi config set context <context>",
    repository: "Set repository.owner and repository.name.",
    webhookSecret:
      "Run: openssl rand -hex 32 | pulumi config set --secret webhookSecret. Without it anyone could make Argo CD refresh.",
  };
  return Object.entries(required)
    .filter(([key]) => !raw.has(key))
    .map(([key, fix]) => ({ key, got: "nothing", expected: "a value in every stack", fix }));
}

function distinctServices({ services = [] }: Configuration): Problem[] {
  return services.flatMap(({ name }, index) =>
    services.findIndex((other) => other.name === name) === index
      ? []
      : [
          {
            key: `services[${index}].name`,
            got: show(name),
            expected: "a unique name",
            fix: "Remove the second one.",
          },
        ],
  );
}

/** A release's branch is named after its service, or after the charts, so the two must differ. */
function reservedServiceNames({ services = [] }: Configuration): Problem[] {
  return services.flatMap(({ name }, index) =>
    name === CHARTS
      ? [
          {
            key: `services[${index}].name`,
            got: show(name),
            expected: "another name",
            fix: "Choose another: this name is reserved for releases of the charts.",
          },
        ]
      : [],
  );
}

const RESERVED_NAMESPACE = /^(argocd|default|kube-.*)$/;

/** A service's namespace, configured or derived from its name, must not be one of the cluster's. */
function reservedNamespaces({ services = [] }: Configuration): Problem[] {
  const reason = "argocd, default and kube-* are reserved";
  return services.flatMap(({ name, namespace }, index) =>
    RESERVED_NAMESPACE.test(namespace ?? name)
      ? [
          {
            key: `services[${index}].${namespace === undefined ? "name" : "namespace"}`,
            got: show(namespace ?? name),
            expected: "another namespace",
            fix: namespace === undefined ? `${reason}: set services[${index}].namespace.` : `${reason}.`,
          },
        ]
      : [],
  );
}

/** The first content can only include values of configured services. */
function seededServices({ repository, services = DEFAULT_SERVICES }: Configuration): Problem[] {
  const names = services.map(({ name }) => name);
  return (repository?.seed ?? []).flatMap((name, index) =>
    names.includes(name)
      ? []
      : [
          {
            key: `repository.seed[${index}]`,
            got: show(name),
            expected: "the name of a service",
            fix: suggest(name, names),
          },
        ],
  );
}

/** The catalogue determines which approval branches exist, because no stack can see the other stacks' files. */
function approvalBranch({ delivery }: Configuration, { name, delivery: own }: Environment): Problem[] {
  const { sync, drift } = effectiveDelivery(own, delivery);
  if (!followsApprovals({ sync, drift }) || followsApprovals(own)) return [];
  return [
    {
      key: "delivery",
      got: `sync: ${sync}, drift: ${drift}`,
      expected: "an environment with an approval branch",
      fix:
        `Set it in environments/${name}.ts, so that the stack that owns the repository creates ` +
        `${environmentBranch(name)}.`,
    },
  ];
}

function repositoryUrl({ repository }: Configuration): Problem[] {
  if (!repository) return [];
  const url = parseUrl(cloneUrlOf(repository));
  const path = `/${repository.owner}/${repository.name}`;
  // Argo CD matches a webhook to its Applications by the host and path of the URL.
  if (!url || url.pathname.replace(/\.git$/, "").endsWith(path)) return [];
  return [
    {
      key: "repository.url",
      got: show(repository.url),
      expected: `a URL that ends with ${path} or ${path}.git`,
      fix: "Make it agree with repository.owner and repository.name.",
    },
  ];
}

function owningStack(configuration: Configuration): Problem[] {
  const { repository, githubToken } = configuration;
  const problems: Problem[] = [];
  if (githubToken === undefined) {
    const fix = "Run: pulumi config set --secret githubToken, or set repository.manage to false.";
    const expected = "a token in the stack that owns the repository";
    problems.push({ key: "githubToken", got: "nothing", expected, fix });
  }
  if (repository && repository.checksApp === undefined) {
    problems.push({
      key: "repository.checksApp",
      got: "nothing",
      expected: "the App ID of the GitHub App whose checks count",
      fix: "Set it: otherwise anyone with write access could set the checks.",
    });
  }
  return [
    ...problems,
    ...checkWorkflowApps(configuration),
    ...checkOwners(configuration),
    ...checkDeployKeys(configuration),
  ];
}

/** The keys of `repository` that only the stack that owns the repository uses. */
const OWNING_STACK_KEYS = [
  "adopt",
  "platformTeam",
  "platformTeamId",
  "approvers",
  "codeOwners",
  "checksApp",
  "bumpApp",
  "ciAccounts",
  "serviceRepositories",
  "enforcement",
  "account",
] as const;

function otherStack({ repository, ...configuration }: Configuration): Problem[] {
  const {
    githubToken,
    bumpAppKey,
    releaseAppKey,
    releaseAlertsUrl,
    webhooks = {},
    applicationSetWebhooks = {},
    deployKeys = {},
    webhookSecrets = {},
  } = configuration;
  const misplaced: [key: string, present: boolean, got: string][] = [
    ["githubToken", githubToken !== undefined, HIDDEN],
    ["bumpAppKey", bumpAppKey !== undefined, HIDDEN],
    ["releaseAppKey", releaseAppKey !== undefined, HIDDEN],
    ["releaseAlertsUrl", releaseAlertsUrl !== undefined, HIDDEN],
    ["webhooks", Object.keys(webhooks).length > 0, show(webhooks)],
    ["applicationSetWebhooks", Object.keys(applicationSetWebhooks).length > 0, show(applicationSetWebhooks)],
    ["deployKeys", Object.keys(deployKeys).length > 0, show(deployKeys)],
    ["webhookSecrets", Object.keys(webhookSecrets).length > 0, HIDDEN],
    ...OWNING_STACK_KEYS.map((key): [string, boolean, string] => [
      `repository.${key}`,
      repository?.[key] !== undefined && repository[key] !== false,
      show(repository?.[key]),
    ]),
  ];
  const fix = "Remove it: only the stack that owns the repository uses it.";
  return misplaced
    .filter(([, present]) => present)
    .map(([key, , got]) => ({ key, got, expected: "nothing in a stack that does not own the repository", fix }));
}
