import { isObject, Secret } from "../protocol/values";

/** One step into a value: a key, an index, or `*` for every one. */
export type Step = string | number;

/** The steps of a path, for example `spec.ports[0].name`, `data["a.b"]`, `*`. Throws on one that is cut off. */
export function parsePath(path: string): Step[] {
  const steps: Step[] = [];
  const pattern = /\.?(?:\[(\d+|\*)\]|\["((?:[^"\\]|\\.)*)"\]|([^.[\]"]+))/y;
  while (pattern.lastIndex < path.length) {
    const match = pattern.exec(path);
    if (match === null) {
      throw new Error(`got path ${path}; expected keys and indexes such as spec.ports[0] or data["a.b"].`);
    }
    const [, index, quoted, key] = match;
    if (index !== undefined) steps.push(index === "*" ? index : Number(index));
    else if (quoted !== undefined) steps.push(quoted.replaceAll(/\\(.)/g, "$1"));
    else if (key !== undefined) steps.push(key);
  }
  return steps;
}

/** Whether a change at `inner` lies at or under `outer`. */
export function covers(outer: string, inner: string): boolean {
  const steps = parsePath(inner);
  return parsePath(outer).every((step, index) => index < steps.length && (step === "*" || step === steps[index]));
}

/**
 * The new inputs with every ignored path as it is in the old ones, and gone where they have none. Throws where the new
 * inputs lack an object on the way to an old value, as Pulumi does: it cannot be kept then.
 */
export function keepIgnored(
  paths: string[],
  old: Record<string, unknown>,
  inputs: Record<string, unknown>,
): Record<string, unknown> {
  return paths.reduce((kept, path) => {
    const result = reset(parsePath(path), old, kept);
    if (!isObject(result)) throw new Error(`ignoreChanges: got ${path}; expected a path below the resource's inputs.`);
    return result;
  }, inputs);
}

function reset(steps: Step[], old: unknown, now: unknown): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return old;
  if (now instanceof Secret || old instanceof Secret) {
    throw new Error(
      `ignoreChanges: got a path into a secret value, at ${String(step)}; expected one that ends at the secret. Shorten the path.`,
    );
  }
  if (Array.isArray(now) && (old === undefined || Array.isArray(old))) return resetList(step, rest, old ?? [], now);
  if (isObject(now) && (old === undefined || isObject(old))) return resetObject(step, rest, old ?? {}, now);
  if (old === undefined || valueAt(steps, old) === undefined) return now;
  throw new Error(
    `ignoreChanges: got a path through ${String(step)}, which the old inputs have and the new ones have not; ` +
      "expected both to have what leads to the value. Keep it in the program, or shorten the path.",
  );
}

function resetObject(step: Step, rest: Step[], old: Record<string, unknown>, now: Record<string, unknown>): unknown {
  const keys = step === "*" ? [...new Set([...Object.keys(old), ...Object.keys(now)])] : [String(step)];
  const result = { ...now };
  for (const key of keys) {
    const value = reset(rest, old[key], now[key]);
    if (value === undefined) Reflect.deleteProperty(result, key);
    else result[key] = value;
  }
  return result;
}

function resetList(step: Step, rest: Step[], old: unknown[], now: unknown[]): unknown {
  // All elements of a list as they were means the list as it was, whatever its length.
  if (step === "*" && rest.length === 0) return old;
  return now.map((item, index) => (step === "*" || step === index ? reset(rest, old[index], item) : item));
}

function valueAt(steps: Step[], value: unknown): unknown {
  return steps.reduce<unknown>((inner, step) => {
    if (step === "*") return inner;
    if (Array.isArray(inner)) return (inner as unknown[])[Number(step)];
    return isObject(inner) ? inner[String(step)] : undefined;
  }, value);
}
