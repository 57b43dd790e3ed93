import { parseUrl } from "./address";
import { environmentBranch, environments, followsApprovals } from "./catalogue";
import type { Delivery, Environment } from "./environment";
import { HIDDEN, show, suggest, type Problem } from "./problems";
import type { Configuration } from "./schema";

/** The services of a stack that names none. */
export const DEFAULT_SERVICES: NonNullable<Configuration["services"]> = [{ name: "api" }];

/** Checks what no key can tell by itself: what is required, what excludes what, what must agree. */
export function checkRules(
  configuration: Configuration,
  raw: ReadonlySet<string>,
  environment: Environment,
): Problem[] {
  return [
    ...requiredKeys(raw),
    ...distinctServices(configuration),
    ...ownNamespaces(configuration),
    ...seededServices(configuration),
    ...approvedBranch(configuration, environment),
    ...notifications(configuration, environment),
    ...repositoryAddress(configuration),
    ...ownership(configuration, environment),
    ...webhookSecrets(configuration, environment),
  ];
}

/** Whether this stack owns the GitOps repository. */
export function ownsRepository({ repository }: Configuration, environment: Environment): boolean {
  return repository?.manage ?? environment.manageRepository;
}

/** The two switches that count: the environment's own, where the stack sets no other. */
export function effectiveDelivery(own: Delivery, delivery: Configuration["delivery"]): Delivery {
  return { sync: delivery?.sync ?? own.sync, drift: delivery?.drift ?? own.drift };
}

/** Where Argo CD clones the GitOps repository from. */
export function cloneUrlOf({ owner, name, url }: NonNullable<Configuration["repository"]>): string {
  return url ?? `https://github.com/${owner}/${name}.git`;
}

function requiredKeys(raw: ReadonlySet<string>): Problem[] {
  const required = {
    kubeconfig: "Run: pulumi config set kubeconfig ~/.kube/config",
    context: "Run: pulumi config set context <context>",
    repository: "Set repository.owner and repository.name.",
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
            expected: "a name of its own",
            fix: "Remove the second one.",
          },
        ],
  );
}

const RESERVED_NAMESPACE = /^(argocd|default|kube-.*)$/;

/** The namespace that a service gets, by its own key or by its name, is none of the cluster's. */
function ownNamespaces({ services = [] }: Configuration): Problem[] {
  const rule = "argocd, default and kube-* belong to the cluster";
  return services.flatMap(({ name, namespace }, index) =>
    RESERVED_NAMESPACE.test(namespace ?? name)
      ? [
          {
            key: `services[${index}].${namespace === undefined ? "name" : "namespace"}`,
            got: show(namespace ?? name),
            expected: "a namespace of its own",
            fix: namespace === undefined ? `${rule}: set services[${index}].namespace.` : `${rule}.`,
          },
        ]
      : [],
  );
}

/** An alert reaches somebody, and a token belongs to an address. */
function notifications({ argocd, delivery, notificationsToken }: Configuration, environment: Environment): Problem[] {
  if (argocd?.notifications !== undefined) return [];
  const problem = { key: "argocd.notifications", got: "nothing" };
  if (effectiveDelivery(environment.delivery, delivery).drift === "alert") {
    const fix = "Set it to the webhook that tells somebody: with drift: alert nothing else happens to a live edit.";
    return [{ ...problem, expected: "an address beside drift: alert", fix }];
  }
  if (notificationsToken === undefined) return [];
  return [{ ...problem, expected: "an address beside notificationsToken", fix: "Set both, or remove the token." }];
}

/** Values that the repository starts with are a service's. */
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

/** Approvals wait on a branch, and which of them exist is in the catalogue: no stack sees the others' files. */
function approvedBranch({ delivery }: Configuration, { name, delivery: own }: Environment): Problem[] {
  const { sync, drift } = effectiveDelivery(own, delivery);
  if (!followsApprovals({ sync, drift }) || followsApprovals(own)) return [];
  return [
    {
      key: "delivery",
      got: `sync: ${sync}, drift: ${drift}`,
      expected: "an environment with a branch of its own",
      fix: `Set it in environments/${name}.ts, so that the stack that owns the repository makes ${environmentBranch(name)}.`,
    },
  ];
}

function repositoryAddress(configuration: Configuration): Problem[] {
  const { repository, repositoryToken } = configuration;
  if (!repository) return [];
  const url = parseUrl(cloneUrlOf(repository));
  if (!url) return [];
  const problems: Problem[] = [];
  const path = `/${repository.owner}/${repository.name}`;
  // Argo CD matches a webhook with its Applications by the address's host and path.
  if (!url.pathname.replace(/\.git$/, "").endsWith(path)) {
    problems.push({
      key: "repository.url",
      got: show(repository.url),
      expected: `a URL that ends with ${path} or ${path}.git`,
      fix: "Make it agree with repository.owner and repository.name.",
    });
  }
  if (url.protocol === "ssh:" && repositoryToken !== undefined) {
    problems.push({
      key: "repositoryToken",
      got: HIDDEN,
      expected: "no token beside an ssh URL",
      fix: "Use the repository's https URL: a token is no ssh key.",
    });
  }
  return problems;
}

function ownership(configuration: Configuration, environment: Environment): Problem[] {
  const { repository, githubToken, webhooks = {}, webhookSecrets: secrets = {} } = configuration;
  if (ownsRepository(configuration, environment)) {
    if (githubToken !== undefined) return [];
    const fix = "Run: pulumi config set --secret githubToken, or set repository.manage to false.";
    return [{ key: "githubToken", got: "nothing", expected: "a token in the stack that owns the repository", fix }];
  }
  const fix = "Remove it: only the stack with repository.manage talks to GitHub.";
  const misplaced: [key: string, present: boolean, got: string][] = [
    ["githubToken", githubToken !== undefined, HIDDEN],
    ["webhooks", Object.keys(webhooks).length > 0, show(webhooks)],
    ["webhookSecrets", Object.keys(secrets).length > 0, HIDDEN],
    ["repository.adopt", repository?.adopt === true, "true"],
  ];
  return misplaced
    .filter(([, present]) => present)
    .map(([key, , got]) => ({ key, got, expected: "nothing in a stack that does not own the repository", fix }));
}

function webhookSecrets(configuration: Configuration, environment: Environment): Problem[] {
  const { webhooks = {}, webhookSecrets: secrets = {}, webhookSecret } = configuration;
  const problems: Problem[] = [];
  const names = environments.map(({ name }) => name);
  for (const [key, map] of Object.entries({ webhooks, webhookSecrets: secrets })) {
    for (const name of Object.keys(map).filter((name) => !names.includes(name))) {
      const expected = "the name of an environment";
      problems.push({ key: `${key}.${name}`, got: "a value", expected, fix: suggest(name, names) });
    }
  }
  for (const name of names) {
    if ((webhooks[name] === undefined) === (secrets[name] === undefined)) continue;
    const [absent, present] =
      webhooks[name] === undefined ? ["webhooks", "webhookSecrets"] : ["webhookSecrets", "webhooks"];
    problems.push({
      key: `${absent}.${name}`,
      got: "nothing",
      expected: `a value beside ${present}.${name}`,
      fix: "An unsigned webhook could be sent by anyone; a secret without an address does nothing.",
    });
  }
  const own = secrets[environment.name];
  if (ownsRepository(configuration, environment) && own !== undefined && own !== webhookSecret) {
    problems.push({
      key: "webhookSecret",
      got: webhookSecret === undefined ? "nothing" : HIDDEN,
      expected: `the same secret as webhookSecrets.${environment.name}`,
      fix: "GitHub signs with the one and this cluster's Argo CD checks with the other.",
    });
  }
  return problems;
}
