import { isMap, isScalar, parseDocument, stringify, YAMLMap } from "yaml";
import type { ServiceDeclaration } from "./catalogue";

/** What a new declaration says. */
export type NewDeclaration = Pick<ServiceDeclaration, "team" | "groups" | "joins" | "environments"> & {
  /** Undefined for the default. */
  readonly namespace?: string | undefined;
};

/** YAML 1.1 quotes what either version of YAML could read as something else than text. */
const WRITTEN = { version: "1.1", lineWidth: 0, flowCollectionPadding: false } as const;

/** The text of a new declaration. */
export function declarationText({ team, groups, namespace, joins, environments }: NewDeclaration): string {
  const list = (names: readonly string[]) => `[${names.map(scalar).join(", ")}]`;
  return [
    "$schema: ../service.schema.json",
    `team: ${scalar(team)}`,
    ...(groups.length > 0 ? [`groups: ${list(groups)}`] : []),
    ...(namespace === undefined ? [] : [`namespace: ${scalar(namespace)}`]),
    ...(joins === undefined ? [] : [`joins: ${scalar(joins)}`]),
    `environments: ${list(environments)}`,
    "",
  ].join("\n");
}

function scalar(text: string): string {
  const written = stringify(text, WRITTEN).trim();
  // In a list these characters would end the item.
  return /^[^"'][^]*[[\]{},]/.test(written) ? JSON.stringify(text) : written;
}

/** A declaration with other lists of environments. Comments and the order of the keys stay. */
export function withEnvironments(
  text: string,
  { environments, retired }: Pick<ServiceDeclaration, "environments" | "retired">,
): string {
  return edited(text, (map) => {
    map.set("environments", flowList(environments));
    if (retired.length > 0) map.set("retired", flowList(retired));
    else map.delete("retired");
  });
}

/** A declaration with another namespace. */
export function withNamespace(text: string, namespace: string): string {
  return edited(text, (map, create) => {
    if (map.has("namespace")) {
      map.set("namespace", namespace);
      return;
    }
    const at = map.items.findIndex(({ key }) => isScalar(key) && key.value === "environments");
    map.items.splice(at === -1 ? map.items.length : at, 0, create("namespace", namespace));
  });
}

type Create = (key: string, value: string) => YAMLMap["items"][number];

function edited(text: string, edit: (map: YAMLMap, create: Create) => void): string {
  const document = parseDocument(text);
  const map = isMap(document.contents) ? document.contents : new YAMLMap();
  edit(map, (key, value) => document.createPair(key, value));
  return document.toString(WRITTEN);
}

/** A list on one line. */
function flowList(names: readonly string[]) {
  const list = parseDocument(`[${names.map(scalar).join(", ")}]`).contents;
  return list;
}
