import { environmentBranch } from "@gitops-platform/contract/branches";
import { followsApprovals } from "../environments";
import type { DeliveryPolicy, Environment } from "../environment";
import type { DeliveredService } from "../cluster";
import { isNamespaceName, isReservedNamespace, NAMESPACE_RULE } from "../names";
import { show, type Problem } from "@gitops-platform/contract/problems";
import { isServiceName } from "@gitops-platform/contract/catalogue";
import { SERVICE_NAME } from "@gitops-platform/contract/paths";
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
  handover: {
    schema: list({ expected: "a list of services", fix: oneService }, service),
    doc:
      "The services that an earlier version of this program delivered from this stack, until the catalogue has them: " +
      "a list of `name` and, if it differs from the name, `namespace`. " +
      "[adding-a-service.md](adding-a-service.md#a-service-that-a-stack-delivered) says how they are handed over.",
    default: "none",
    example: [{ name: "api" }, { name: "web", namespace: "shop" }],
  },
  "delivery.sync": {
    schema: choice(["auto", "manual"], "auto follows main; manual waits for a person."),
    doc:
      "Whether changes are deployed automatically (`auto`), or only after a person's approval (`manual`). `up` sets " +
      "it for the Application `catalogue`, and `gitops platform`, which reads the stack's file, for the services.",
    default: "the environment's, in `environments/<environment>.ts`",
    example: "manual",
  },
  "delivery.drift": {
    schema: choice(["heal", "alert"], "heal reverts a live edit; alert only reports it."),
    doc:
      "Whether a live edit of a field that Git declares is reverted (`heal`), or only reported (`alert`). It takes " +
      "effect like `delivery.sync`.",
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

/** The services that the stack hands over to the catalogue. */
export function handoverOf({ handover = [] }: DeliveryConfiguration): Service[] {
  return handover.map(({ name, namespace = name }) => ({ name, namespace }));
}

/** The environment's delivery policy, with the stack's overrides. */
export function effectiveDelivery(own: DeliveryPolicy, configured: DeliveryConfiguration["delivery"]): DeliveryPolicy {
  return { sync: configured?.sync ?? own.sync, drift: configured?.drift ?? own.drift };
}

/** Checks that each service is named once, and that no name or namespace belongs to the platform or the cluster. */
export function checkHandover({ handover = [] }: DeliveryConfiguration): Problem[] {
  return handover.flatMap(({ name, namespace = name }, index): Problem[] => {
    const isRepeated = handover.findIndex((other) => other.name === name) !== index;
    return [
      ...(isRepeated
        ? [
            {
              key: `handover[${index}].name`,
              got: show(name),
              expected: "a unique name",
              fix: "Remove the second one.",
            },
          ]
        : []),
      ...(isServiceName(name)
        ? []
        : [{ key: `handover[${index}].name`, got: show(name), expected: "another name", fix: RENAME }]),
      ...(isReservedNamespace(namespace)
        ? [
            {
              key: `handover[${index}].namespace`,
              got: show(namespace),
              expected: "a service's namespace",
              fix: "argocd, default and kube-* are reserved.",
            },
          ]
        : []),
    ];
  });
}

/**
 * Checks that the stack hands over what an earlier version delivered from it, and nothing else. Without its entry, `up`
 * would delete a service's Application, and with it the workload.
 * @param applications Those in the cluster; undefined: they cannot be read.
 */
export function checkHandedOver(
  { handover }: DeliveryConfiguration,
  applications: readonly DeliveredService[] | undefined,
): Problem[] {
  if (applications === undefined) return unknownApplications(handover);
  const named = handover ?? [];
  const forgotten = applications.filter(
    ({ service, isCatalogues }) => !isCatalogues && !named.some(({ name }) => name === service),
  );
  return [
    ...forgotten.map(({ service, namespace }) =>
      isServiceName(service)
        ? {
            key: "handover",
            got: named.length === 0 ? "nothing" : named.map(({ name }) => name).join(", "),
            expected:
              `the service ${service} in the namespace ${namespace} too, ` +
              "whose Application is not yet the catalogue's",
            fix: `Add it, or up would delete what the stack delivered. ${GUIDE}`,
          }
        : {
            key: "handover",
            got: `the Application ${service}, which delivers a service in the namespace ${namespace}`,
            expected: "a service with another name",
            fix: RENAME,
          },
    ),
    ...named.flatMap(({ name, namespace = name }, index): Problem[] => {
      const found = applications.find(({ service }) => service === name);
      if (found === undefined) {
        const fix = "Remove it: gitops service add declares a new service.";
        return [{ key: `handover[${index}].name`, got: show(name), expected: "a service in the cluster", fix }];
      }
      if (found.namespace === namespace) return [];
      const expected = `${show(found.namespace)}, where its Application delivers it`;
      return [{ key: `handover[${index}].namespace`, got: show(namespace), expected, fix: `Correct it. ${GUIDE}` }];
    }),
  ];
}

const RENAME =
  "The platform uses this name itself. With the version of before, add the service under another name and in another " +
  "namespace, move its traffic and data there, and remove the old one.";

const GUIDE = "docs/adding-a-service.md says how the catalogue takes services over.";

/**
 * If the Applications cannot be read, `up` cannot notice a wrong namespace, and would delete one that is not named. So
 * each service must be named with its namespace.
 */
function unknownApplications(handover: DeliveryConfiguration["handover"]): Problem[] {
  const fix =
    "Name each service with its namespace: up would delete what is not named. " +
    `Then check that pulumi preview deletes no Namespace, AppProject or Application. ${GUIDE}`;
  const got = "nothing, and a cluster whose Applications cannot be read";
  const services = "the services that an earlier version delivered from this stack, or [] if there are none";
  if (handover === undefined) return [{ key: "handover", got, expected: services, fix }];
  return handover.flatMap(({ namespace }, index): Problem[] => {
    if (namespace !== undefined) return [];
    const expected = "the service's namespace, also if it has the service's name";
    return [{ key: `handover[${index}].namespace`, got, expected, fix }];
  });
}

/**
 * Checks that the stack's policy leaves it to environments/<name>.ts whether changes wait on a branch: no stack can see
 * the other stacks' files, and what is released to env/<name> would not reach Applications that follow main.
 */
export function checkApprovalBranch(
  { delivery: configured }: DeliveryConfiguration,
  { name, delivery: own }: Pick<Environment, "name" | "delivery">,
): Problem[] {
  const { sync, drift } = effectiveDelivery(own, configured);
  const waits = followsApprovals(own);
  if (followsApprovals({ sync, drift }) === waits) return [];
  const branch = environmentBranch(name);
  return [
    {
      key: "delivery",
      got: `sync: ${sync}, drift: ${drift}`,
      expected: waits ? `sync: manual, drift: heal, because ${name} has an approval branch` : WITH_BRANCH,
      fix: waits
        ? `Set it in environments/${name}.ts: then ${name} follows main, and ${branch} is used no more.`
        : `Set it in environments/${name}.ts, so that the stack that owns the repository creates ${branch}.`,
    },
  ];
}

const WITH_BRANCH = "an environment with an approval branch";
