import type { KubernetesObject } from "../../clients/kubernetes";
import { groupOf, nameOf, type ObjectName } from "./object-name";
import { isMap, type Place } from "./paths";

/** An object as kubectl is told it: `-n api deployment.apps/api`. */
function kubectlName({ apiVersion, kind, namespace, name }: ObjectName): string {
  const group = groupOf(apiVersion);
  const type = `${kind.toLowerCase()}${group === "" ? "" : `.${group}`}`;
  return `${namespace === null ? "" : `-n ${namespace} `}${type}/${name}`;
}

/** The command that deletes an object. */
export function undoObject(name: ObjectName): string {
  return kubectl("delete", name);
}

/** The command that takes an annotation away. */
export function undoAnnotation(name: ObjectName, annotation: string): string {
  return kubectl("annotate", name, word(`${annotation}-`));
}

/**
 * The command that lets the program set its own objects right. It reads the cluster first: its state alone tells no
 * difference.
 */
export function undoByProgram(environment: string): string {
  return `pulumi up --refresh --stack ${environment}`;
}

/** The command that takes a field away. It changes nothing where the object has changed meanwhile. */
export function undoField(live: KubernetesObject, { path, pointer }: Place, value: unknown): string {
  const name = nameOf(live);
  const [, metadata, key] = /^metadata\.(labels|annotations)(?:\.(\w+)|\[.*\])$/.exec(path) ?? [];
  if (metadata !== undefined) {
    const own = key ?? (JSON.parse(path.slice(path.indexOf("[") + 1, -1)) as string);
    return kubectl(metadata === "labels" ? "label" : "annotate", name, word(`${own}-`));
  }
  const test = isMap(value)
    ? Object.entries(value)
        .filter(([, each]) => typeof each === "string" || typeof each === "number")
        .slice(0, 1)
        .map(([field, each]) => ({ op: "test", path: `${pointer}/${field}`, value: each }))
    : [{ op: "test", path: pointer, value }];
  const patch = JSON.stringify([...test, { op: "remove", path: pointer }]);
  return kubectl("patch", name, "--type=json", "-p", word(patch));
}

function kubectl(verb: string, name: ObjectName, ...rest: string[]): string {
  return ["kubectl", verb, kubectlName(name), ...rest].join(" ");
}

/** Quoted for a shell where it has to be: names and values are whatever somebody wrote. */
function word(text: string): string {
  return /^[\w./@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
