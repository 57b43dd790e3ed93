import { environmentBranch } from "@gitops-platform/contract/branches";
import { followsApprovals } from "../environments";
import type { DeliveryPolicy, Environment } from "../environment";
import { isNamespaceName, isReservedNamespace, NAMESPACE_RULE } from "../names";
import { show, type Problem } from "@gitops-platform/contract/problems";
import { CATALOGUE } from "@gitops-platform/contract/catalogue";
import { CHARTS, SERVICE_NAME } from "@gitops-platform/contract/paths";
import { area, type ConfigurationOf } from "./setting";
import { choice, fixedMap, list, text } from "./values";

const oneService = "Write it as lines of - name: <service>.";

/** A Service's name must start with a letter (RFC 1035), and Helm limits a release's name to 53 characters. */
export const serviceName = text(
  {
    expected: "at most 53 lower-case letters, digits and hyphens, a letter first, no hyphen last",
    fix: "Kubernetes and Helm accept no other names for a service.",
  },
  (name) => SERVICE_NAME.test(name),
);

const service = fixedMap({
  name: serviceName,
  // https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
  namespace: text(
    {
      expected: NAMESPACE_RULE,
      fix: "Kubernetes accepts no other names for a namespace.",
    },
    isNamespaceName,
  ).optional(),
});

/** What Argo CD delivers, and how. */
export const deliveryArea = area({
  services: {
    schema: list({ expected: "a list of services", fix: oneService }, service),
    doc:
      "The services to deliver besides those of the catalogue: a list of `name` and, if it differs from the name, " +
      "`namespace`. May be empty.",
    default: "the service `api`",
    example: [{ name: "api" }, { name: "web", namespace: "shop" }],
  },
  "delivery.sync": {
    schema: choice(["auto", "manual"], "auto follows main; manual waits for a person."),
    doc: "Whether changes are deployed automatically (`auto`), or only after a person's approval (`manual`).",
    default: "the environment's, in `environments/<environment>.ts`",
    example: "manual",
  },
  "delivery.drift": {
    schema: choice(["heal", "alert"], "heal reverts a live edit; alert only reports it."),
    doc: "Whether a live edit of a field that Git declares is reverted (`heal`), or only reported (`alert`).",
    default: "the environment's, in `environments/<environment>.ts`",
    example: "heal",
  },
});

type DeliveryConfiguration = ConfigurationOf<typeof deliveryArea>;

/** A service that Argo CD delivers. */
export interface Service {
  /** The name of the service, its Application, its Helm release and its values file. */
  readonly name: string;
  /** The namespace that it runs in. */
  readonly namespace: string;
  /** The groups of the identity provider that view and refresh it in Argo CD. Default: none. */
  readonly team?: readonly string[];
}

/** The services of a checked configuration, or the default. */
export function servicesOf({ services = [{ name: "api" }] }: DeliveryConfiguration): Service[] {
  return services.map(({ name, namespace = name }) => ({ name, namespace }));
}

/** The environment's delivery policy, with the stack's overrides. */
export function effectiveDelivery(own: DeliveryPolicy, configured: DeliveryConfiguration["delivery"]): DeliveryPolicy {
  return { sync: configured?.sync ?? own.sync, drift: configured?.drift ?? own.drift };
}

/** Names that are not services. A release's branch is named after its service. */
const RESERVED: ReadonlyMap<string, string> = new Map([
  [CHARTS, "releases of the charts"],
  [CATALOGUE, "the Application that applies the catalogue"],
]);

/** Checks the names of the services and of their namespaces. */
export function checkServices({ services = [] }: DeliveryConfiguration): Problem[] {
  return [
    ...services.flatMap(({ name }, index) => {
      if (services.findIndex((other) => other.name === name) === index) return [];
      const fix = "Remove the second one.";
      return [{ key: `services[${index}].name`, got: show(name), expected: "a unique name", fix }];
    }),
    ...services.flatMap(({ name }, index) => {
      const owner = RESERVED.get(name);
      if (owner === undefined) return [];
      const fix = `Choose another: this name is reserved for ${owner}.`;
      return [{ key: `services[${index}].name`, got: show(name), expected: "another name", fix }];
    }),
    ...services.flatMap(({ name, namespace }, index) => reservedNamespace(`services[${index}]`, name, namespace)),
  ];
}

/** A service's namespace, configured or derived from its name, must not be one of the cluster's. */
function reservedNamespace(key: string, name: string, namespace: string | undefined): Problem[] {
  if (!isReservedNamespace(namespace ?? name)) return [];
  const reason = "argocd, default and kube-* are reserved";
  return [
    {
      key: `${key}.${namespace === undefined ? "name" : "namespace"}`,
      got: show(namespace ?? name),
      expected: "another namespace",
      fix: namespace === undefined ? `${reason}: set ${key}.namespace.` : `${reason}.`,
    },
  ];
}

/** environments.ts determines which approval branches exist, because no stack can see the other stacks' files. */
export function checkApprovalBranch(
  { delivery: configured }: DeliveryConfiguration,
  { name, delivery: own }: Environment,
): Problem[] {
  const { sync, drift } = effectiveDelivery(own, configured);
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
