import { type CataloguePolicy, serviceObjects } from "@gitops-platform/components/delivery/objects";
import {
  declarationPath,
  DELIVERY_POLICY_PATH,
  deliveryPath,
  type ServiceDeclaration,
} from "@gitops-platform/contract/catalogue";
import { writeManifests } from "@gitops-platform/contract/canonical";
import { Failure } from "@gitops-platform/contract/failure";

/**
 * The rendered files of an environment, by path.
 * @throws {Failure} if a service is declared for an environment that the policy does not have.
 */
export function deliveryFiles(
  environment: string,
  declarations: readonly ServiceDeclaration[],
  { repositoryUrl, environments }: CataloguePolicy,
): ReadonlyMap<string, string> {
  const policy = environments.find(({ name }) => name === environment);
  const waiting = declarations.find(({ environments: on, retired }) => [...on, ...retired].includes(environment));
  if (!policy && waiting) {
    const { name } = waiting;
    throw new Failure(
      `${DELIVERY_POLICY_PATH}: got nothing for ${environment}, where ${declarationPath(name)} declares a service; ` +
        "expected how it delivers. Bring the platform's file: gitops platform.",
    );
  }
  if (!policy) return new Map();
  return new Map(
    declarations.flatMap((service): [string, string][] => {
      const objects = serviceObjects(service, policy, repositoryUrl);
      return objects.length === 0
        ? []
        : [[deliveryPath({ environment, service: service.name }), writeManifests(objects)]];
    }),
  );
}
