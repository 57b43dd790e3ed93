import type { KubernetesObject } from "../../clients/kubernetes";
import { groupOf } from "../../clients/kubernetes/object";
import { BREAK_GLASS_GROUP, type Environment } from "../../environments/environment";
import { nameOf, type ObjectName } from "./object-name";
import { isMap } from "../values/differences";
import type { Place } from "./paths";

/** An object as kubectl is told it: `-n api deployment.apps/api`. */
function kubectlName({ apiVersion, kind, namespace, name }: ObjectName): string {
  const group = groupOf(apiVersion);
  const type = `${kind.toLowerCase()}${group === "" ? "" : `.${group}`}`;
  return `${namespace === null ? "" : `-n ${namespace} `}${type}/${name}`;
}

/** How a finding is undone. */
export interface Undo {
  /** The command. */
  readonly undo: string;
  /** What to know before running it: sentences. */
  readonly notes: readonly string[];
}

/**
 * The commands that undo findings in one environment. Where its guard denies, kubectl acts as the break-glass group.
 * What the stack sets in place of the environment's defaults is not known here, so the notes name the settings.
 */
export class Undoing {
  constructor(private readonly environment: Pick<Environment, "name" | "guard">) {}

  /** Deletes an object. */
  object(name: ObjectName): Undo {
    const isPod = groupOf(name.apiVersion) === "" && name.kind === "Pod";
    // The guard lets everybody delete a pod.
    return isPod ? { undo: kubectl("delete", name), notes: [] } : this.pastGuard(kubectl("delete", name));
  }

  /** Takes an annotation away from one of the platform's objects. */
  annotation(name: ObjectName, annotation: string): Undo {
    const { undo, notes } = this.pastGuard(kubectl("annotate", name, word(`${annotation}-`)));
    const byPlatform = "Somebody of guard.platform runs it without --as and --as-group.";
    return { undo, notes: notes.length > 0 ? [...notes, byPlatform] : [] };
  }

  /** Opens an object in an editor: its content is not known. */
  byHand(name: ObjectName): Undo {
    return this.pastGuard(kubectl("edit", name));
  }

  /**
   * Lets the program set its own objects right. It reads the cluster first: its state alone tells no difference.
   */
  byProgram(): Undo {
    return { undo: `pulumi up --refresh --stack ${this.environment.name}`, notes: [] };
  }

  /**
   * Takes a field away, which gives it the value that Git has by not naming it: Kubernetes' default. It changes nothing
   * where the object has changed meanwhile. `spec.replicas` is not for this: its value is an autoscaler's, and
   * the default would leave one pod.
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
   * Undoes a change of one of the program's objects: by the program, or where that does not declare the field and so
   * leaves it alone, by taking it away.
   * @param isDeclared Whether the program declares the field; undefined: nobody knows.
   */
  platformField(name: ObjectName, place: Place | undefined, isDeclared: boolean | undefined): Undo {
    const { undo, notes } = this.byProgram();
    if (isDeclared === true) return { undo, notes };
    const command = place === undefined ? kubectl("edit", name) : removal(name, place);
    const byPlatform = this.environment.guard === "deny" ? ["Somebody of guard.platform runs it."] : [];
    if (isDeclared === false) return { undo: command, notes: byPlatform };
    return {
      undo,
      notes: [...notes, `A field that the program does not declare stays. Then take it away: ${command}`],
    };
  }

  /**
   * Gives a workload a number of pods again. It changes nothing where the number has changed meanwhile.
   * @param autoscaler What scales the workload, as far as that is known.
   */
  replicas(live: KubernetesObject, value: unknown, autoscaler: Range | undefined): Undo {
    const current = typeof value === "number" ? [`--current-replicas=${value}`] : [];
    const isAbove = autoscaler !== undefined && typeof value === "number" && value > autoscaler.max;
    const wanted = autoscaler === undefined ? "<number>" : isAbove ? autoscaler.max : autoscaler.min;
    const { undo, notes } = this.pastGuard(kubectl("scale", nameOf(live), ...current, `--replicas=${wanted}`));
    const why =
      autoscaler === undefined
        ? "Git declares no number, and no autoscaler: put in how many pods are needed, and declare it in Git."
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

/** Between which numbers of pods an autoscaler chooses. */
interface Range {
  readonly min: number;
  readonly max: number;
}

/** The command that takes a field away, where the tests of a JSON patch hold. */
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
