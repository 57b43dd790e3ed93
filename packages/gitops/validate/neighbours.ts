import { declarationPath, SERVICES, parseDeclarationPath } from "@gitops-platform/contract/catalogue";
import { isMap } from "@gitops-platform/contract/values/plain";
import { renderingsAt } from "../catalogue/rendering";
import type { Candidate } from "./candidate";
import { type RenderedObject, podOf } from "./objects";

/** The services of the catalogue by their namespace, after a change. */
export async function servicesByNamespace({ clone, tree }: Candidate): Promise<ReadonlyMap<string, string[]>> {
  const services = (await clone.list(tree, SERVICES)).flatMap((path) => parseDeclarationPath(path) ?? []);
  const renderings = await renderingsAt(clone, tree, services);
  const placed = services.flatMap((service) => {
    const rendering = renderings.get(service);
    return rendering && "namespace" in rendering ? [{ service, namespace: rendering.namespace }] : [];
  });
  return new Map(
    [...Map.groupBy(placed, ({ namespace }) => namespace)].map(([namespace, found]) => {
      return [namespace, found.map(({ service }) => service)];
    }),
  );
}

/**
 * Finds object names that belong to another service of the same namespace. `shop` may use names that begin with
 * `shop-`, but not `shop-db` or `shop-db-…` if a service `shop-db` exists. Each result has the form
 * `key: got value; expected rule. How to fix it.`
 * @param services All services of the namespace.
 */
export function neighbourProblems(object: RenderedObject, service: string, services: readonly string[]): string[] {
  const neighbours = services.filter((each) => each.startsWith(`${service}-`));
  return namesIn(object).flatMap(([key, name]) => {
    const neighbour = neighbours.find((each) => name === each || name.startsWith(`${each}-`));
    if (neighbour === undefined) return [];
    const got = `${key}: got ${JSON.stringify(name)}, a name of the service ${neighbour} of the same namespace`;
    return [`${got}; expected another. Rename it, or the service in ${declarationPath(neighbour)}.`];
  });
}

/** The object's name, and those of what it creates, scales or gives rights. */
function namesIn(object: RenderedObject): [key: string, name: string][] {
  const { metadata = {}, spec, roleRef, subjects } = object;
  const nameOf = (value: unknown) => (isMap(value) ? value.name : undefined);
  const part = (key: string) => (isMap(spec) ? nameOf(spec[key]) : undefined);
  const names: [string, unknown][] = [
    ["metadata.name", metadata.name],
    ["spec.scaleTargetRef.name", part("scaleTargetRef")],
    ["spec.target.name", part("target")],
    ["serviceAccountName", podOf(object)?.serviceAccountName],
    ["roleRef.name", nameOf(roleRef)],
    ...(Array.isArray(subjects) ? subjects : []).map((each, index): [string, unknown] => [
      `subjects[${index}].name`,
      nameOf(each),
    ]),
  ];
  return names.flatMap(([key, name]): [string, string][] => (typeof name === "string" ? [[key, name]] : []));
}
