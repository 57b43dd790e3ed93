import type { KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { groupOf } from "@gitops-platform/clients/kubernetes/object";
import { CATALOGUE } from "@gitops-platform/contract/catalogue";
import { BREAK_GLASS_GROUP, type Environment } from "@gitops-platform/environments/environment";
import { nameOf, type ObjectName, type Place } from "./paths";
import { isMap } from "@gitops-platform/contract/values/plain";

/** An object as kubectl's arguments: `-n api deployment.apps/api`. */
function kubectlName({ apiVersion, kind, namespace, name }: ObjectName): string {
  const group = groupOf(apiVersion);
  const type = `${kind.toLowerCase()}${group === "" ? "" : `.${group}`}`;
  return `${namespace === null ? "" : `-n ${namespace} `}${type}/${name}`;
}

/** How to undo a finding. */
export interface Undo {
  /** The command. */
  readonly undo: string;
  /** Sentences to read before running it. */
  readonly notes: readonly string[];
}

/**
 * The commands that undo findings in one environment. If its guard denies edits, kubectl acts as the break-glass group.
 * A stack may override the environment's defaults, so the notes name the settings.
 */
export class Undoing {
  constructor(private readonly environment: Pick<Environment, "name" | "guard">) {}

  object(name: ObjectName): Undo {
    const isPod = groupOf(name.apiVersion) === "" && name.kind === "Pod";
    // The guard permits everybody to delete a pod.
    return isPod ? { undo: kubectl("delete", name), notes: [] } : this.pastGuard(kubectl("delete", name));
  }

  /** Removes an annotation from one of the platform's objects. */
  annotation(name: ObjectName, annotation: string): Undo {
    const { undo, notes } = this.pastGuard(kubectl("annotate", name, word(`${annotation}-`)));
    const byPlatform = "Someone in guard.platform runs it without --as and --as-group.";
    return { undo, notes: notes.length > 0 ? [...notes, byPlatform] : [] };
  }

  /** Opens an object in an editor, if its content is not known. */
  byHand(name: ObjectName): Undo {
    return this.pastGuard(kubectl("edit", name));
  }

  /** Restores the program's own objects. It refreshes first, because Pulumi's state does not contain the change. */
  byProgram(): Undo {
    return { undo: `pulumi up --refresh --stack ${this.environment.name}`, notes: [] };
  }

  /** Restores what Argo CD applies from the catalogue. Where it heals, it does so by itself. */
  byCatalogue(): Undo {
    return { undo: `argocd app sync ${CATALOGUE}`, notes: [] };
  }

  /**
   * Removes a field, which restores Kubernetes' default. Changes nothing if the object has changed meanwhile. Not for
   * `spec.replicas`, which an autoscaler sets: the default would leave one pod.
   */
  field(live: KubernetesObject, place: Place, value: unknown): Undo {
    const { pointer } = place;
    const test = isMap(value)
      ? Object.entries(value)
          .filter(([, each]) => typeof each === "string" || typeof each === "number")
          .slice(0, 1)
          .map(([field, each]) => ({ op: "test", path: `${pointer}/${field}`, value: each }))
      : [{ op: "test", path: pointer, value }];
    return this.pastGuard(removal(nameOf(live), place, test));
  }

  /**
   * Restores a field of one of the platform's objects: as a whole, or by removing a field that is not declared and
   * therefore stays as it is.
   * @param isDeclared whether the field is declared; undefined: not known
   * @param whole what restores the declared fields
   */
  platformField(name: ObjectName, place: Place | undefined, isDeclared: boolean | undefined, whole: Undo): Undo {
    const { undo, notes } = whole;
    if (isDeclared === true) return { undo, notes };
    const command = place === undefined ? kubectl("edit", name) : removal(name, place);
    const byPlatform = this.environment.guard === "deny" ? ["Someone in guard.platform must run it."] : [];
    if (isDeclared === false) return { undo: command, notes: byPlatform };
    return {
      undo,
      notes: [...notes, `A field that is not declared stays. Then remove it: ${command}`],
    };
  }

  /**
   * Restores a workload's number of pods. Changes nothing if the number has changed meanwhile.
   * @param autoscaler the workload's autoscaler, if there is one
   */
  replicas(live: KubernetesObject, value: unknown, autoscaler: Range | undefined): Undo {
    const current = typeof value === "number" ? [`--current-replicas=${value}`] : [];
    const isAbove = autoscaler !== undefined && typeof value === "number" && value > autoscaler.max;
    const wanted = autoscaler === undefined ? "<number>" : isAbove ? autoscaler.max : autoscaler.min;
    const { undo, notes } = this.pastGuard(kubectl("scale", nameOf(live), ...current, `--replicas=${wanted}`));
    const why =
      autoscaler === undefined
        ? "Git declares neither a number nor an autoscaler: fill in how many pods are needed, and declare it in Git."
        : "Git leaves the number to the autoscaler: it goes on from the nearest number that it may choose.";
    return { undo, notes: [why, ...notes] };
  }

  private pastGuard(command: string): Undo {
    const { name, guard } = this.environment;
    if (guard !== "deny") return { undo: command, notes: [] };
    return {
      undo: `${command} --as=<you> --as-group=${BREAK_GLASS_GROUP}`,
      notes: [
        `The guard of ${name} lets only the break-glass group do this: put in your user name for <you>.`,
        "Where the stack sets guard.mode or guard.breakGlass, that decides.",
      ],
    };
  }
}

/** The limits of an autoscaler. */
interface Range {
  readonly min: number;
  readonly max: number;
}

/** The command that removes a field if the tests of a JSON patch succeed. */
function removal(name: ObjectName, { path, pointer }: Place, tests: readonly object[] = []): string {
  const [, metadata, key] = /^metadata\.(labels|annotations)(?:\.(\w+)|\[.*\])$/.exec(path) ?? [];
  if (metadata !== undefined) {
    const own = key ?? (JSON.parse(path.slice(path.indexOf("[") + 1, -1)) as string);
    return kubectl(metadata === "labels" ? "label" : "annotate", name, word(`${own}-`));
  }
  const patch = JSON.stringify([...tests, { op: "remove", path: pointer }]);
  return kubectl("patch", name, "--type=json", "-p", word(patch));
}

function kubectl(verb: string, name: ObjectName, ...rest: string[]): string {
  return ["kubectl", verb, kubectlName(name), ...rest].join(" ");
}

/** Quoted for a shell where it has to be: names and values are whatever somebody wrote. */
function word(text: string): string {
  return /^[\w./@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
