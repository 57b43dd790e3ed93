import { serviceObjects } from "@gitops-platform/components/delivery/objects";
import { deliveryPath, type ServiceDeclaration } from "@gitops-platform/contract/catalogue";
import { writeManifests } from "@gitops-platform/contract/canonical";
import type { CataloguePolicy } from "./policy";

/** The rendered files of an environment, by path. An environment without a policy has none. */
export function deliveryFiles(
  environment: string,
  declarations: readonly ServiceDeclaration[],
  { repositoryUrl, environments }: CataloguePolicy,
): ReadonlyMap<string, string> {
  const policy = environments.find(({ name }) => name === environment);
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
