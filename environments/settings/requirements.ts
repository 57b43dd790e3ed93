import { environments } from "../environments";
import { HIDDEN, show, suggest, type Problem } from "@gitops-platform/contract/problems";
import { isMap } from "@gitops-platform/contract/values/plain";
import type { Setting, SettingTable } from "./setting";

const NAMES: readonly string[] = environments.map(({ name }) => name);

/** A setting that a configuration requires. */
export interface RequiredSetting {
  /** Its key, or the key in a map by environment, such as `webhookSecrets.dev`. */
  readonly path: string;
  readonly setting: Setting;
  readonly expected: string;
  readonly fix: string;
}

/**
 * The settings that a table requires of a configuration.
 * @param configuration The values by key, parsed or as they are in a stack's file.
 * @param owns Whether the stack owns the repository.
 */
export function requiredSettings(table: SettingTable, configuration: object, owns: boolean): RequiredSetting[] {
  return Object.entries(table).flatMap(([key, setting]): RequiredSetting[] => {
    const { required } = setting;
    if (!required || (setting.owningStackOnly && !owns)) return [];
    const { fix } = required;
    if (required.by === "every stack" && required.unless !== undefined) {
      if (valueAt(configuration, required.unless) !== undefined) return [];
    }
    if (required.by === "every stack") return [{ path: key, setting, expected: "a value in every stack", fix }];
    const { by: others, expected } = required;
    if (others === "owning stack") return owns ? [{ path: key, setting, expected, fix }] : [];
    const suffixes = setting.byEnvironment ? NAMES.map((name) => `.${name}`) : [""];
    return suffixes.flatMap((suffix) => {
      const other = others.map((each) => each + suffix).find((each) => valueAt(configuration, each) !== undefined);
      return other === undefined
        ? []
        : [{ path: key + suffix, setting, expected: `${expected} if ${other} is set`, fix }];
    });
  });
}

/**
 * Reports each setting that a table requires of a configuration, and that is missing.
 * @param given The top-level keys that are set, also those with an invalid value, which is reported already.
 */
export function missingSettings(
  table: SettingTable,
  configuration: object,
  { given, owns }: { readonly given: ReadonlySet<string>; readonly owns: boolean },
): Problem[] {
  // A map that is invalid, or that is required itself, has its own report.
  const reported = new Set([...given, ...requiredMaps(table)]);
  const isMapReported = (path: string, { required }: Setting) =>
    isMissingMap(configuration, path) && (reported.has(topLevelKey(path)) || required?.by === "owning stack");
  const problems = requiredSettings(table, configuration, owns).flatMap(({ path, setting, expected, fix }) => {
    const map = topLevelKey(path);
    // The schema of a map reports a key that every stack requires, so only a missing map is reported here.
    const everywhere = setting.required?.by === "every stack";
    const isMissing = everywhere ? !given.has(map) : valueAt(configuration, path) === undefined;
    if (!isMissing || (!everywhere && isMapReported(path, setting))) return [];
    return [{ key: everywhere ? map : path, got: "nothing", expected, fix }];
  });
  return Array.from(new Map(problems.map((problem) => [problem.key, problem])).values());
}

/** Reports each setting that only the stack that owns the repository uses. An empty map and `false` have no effect. */
export function misplacedSettings(table: SettingTable, configuration: object): Problem[] {
  return Object.entries(table).flatMap(([key, { owningStackOnly, secret }]) => {
    const value = valueAt(configuration, key);
    if (!owningStackOnly || value === undefined || value === false || isEmptyMap(value)) return [];
    const fix = "Remove it: only the stack that owns the repository uses it.";
    const expected = "nothing in a stack that does not own the repository";
    return [{ key, got: secret ? HIDDEN : show(value), expected, fix }];
  });
}

/** Reports each key in a map by environment that is not the name of one. */
export function unknownEnvironments(table: SettingTable, configuration: object): Problem[] {
  const maps = Object.keys(table).filter((key) => table[key]?.byEnvironment);
  return maps.flatMap((key) => {
    const value = valueAt(configuration, key);
    return Object.keys(isMap(value) ? value : {})
      .filter((name) => !NAMES.includes(name))
      .map((name) => {
        const expected = "the name of an environment";
        return { key: `${key}.${name}`, got: "a value", expected, fix: suggest(name, NAMES) };
      });
  });
}

/** The part of a key that is a key of the stack's configuration: `argocd` for `argocd.url`. */
export function topLevelKey(path: string): string {
  return path.split(".", 1).join("");
}

/** The maps with a setting that every stack requires. */
function requiredMaps(table: SettingTable): string[] {
  return Object.keys(table)
    .filter((key) => table[key]?.required?.by === "every stack")
    .map(topLevelKey);
}

/** Whether the map that should have a key is missing. */
function isMissingMap(configuration: object, path: string): boolean {
  return path.includes(".") && valueAt(configuration, topLevelKey(path)) === undefined;
}

function valueAt(configuration: object, path: string): unknown {
  return path.split(".").reduce<unknown>((value, name) => (isMap(value) ? value[name] : undefined), configuration);
}

function isEmptyMap(value: unknown): boolean {
  return isMap(value) && Object.keys(value).length === 0;
}
