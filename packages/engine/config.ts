import fs from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { EngineError, messageOf } from "./model/events";
import { isObject } from "./model/values";

/** The settings of Pulumi.yaml that the engine uses. */
export interface Project {
  /** Also the namespace of configuration keys that are declared without one. */
  name: string;
  /** The program's entry point, relative to the project; `.` if package.json defines it. */
  main: string;
  /** Default values of the configuration by full key, serialised as the program receives them. */
  defaults: Record<string, string>;
}

/**
 * Reads Pulumi.yaml. The default of a configuration key is its `value`, its `default`, or the key's value itself if
 * that is not a mapping.
 * @throws EngineError if the file is missing, is not valid YAML, or has no `name`.
 */
export function readProject(projectDir: string): Project {
  const file = path.join(projectDir, "Pulumi.yaml");
  const project = readYaml(file);
  if (typeof project.name !== "string") {
    throw new EngineError(`${file}: name: got ${JSON.stringify(project.name)}; expected the project's name. Add it.`);
  }
  const { name } = project;
  const declared = isObject(project.config) ? project.config : {};
  const defaults = Object.entries(declared).flatMap(([key, declaration]) => {
    const value = isObject(declaration) ? (declaration.value ?? declaration.default) : declaration;
    const full = key.includes(":") ? key : `${name}:${key}`;
    return value === undefined || value === null ? [] : [[full, serialise(value)] as const];
  });
  return { name, main: typeof project.main === "string" ? project.main : ".", defaults: Object.fromEntries(defaults) };
}

/**
 * Reads a stack's configuration, by full key. Values in the stack file override the project's defaults.
 * @throws EngineError that lists every key that only the Pulumi CLI can read.
 */
export function readConfig(project: Project, configFile: string): Record<string, string> {
  const stack = readYaml(configFile);
  const config = isObject(stack.config) ? stack.config : {};
  const problems = [
    ...("environment" in stack ? ["environment: got Pulumi ESC environments; expected plain values."] : []),
    ...Object.keys(config)
      .filter((key) => !key.includes(":"))
      .map((key) => `${key}: got no namespace; expected <namespace>:<name>. Write ${project.name}:${key}.`),
    ...Object.entries(config)
      .filter(([, value]) => hasSecure(value))
      .map(([key]) => `${key}: got a secure: value, which only the Pulumi CLI can decrypt; expected a plain one.`),
  ];
  if (problems.length > 0) {
    const advice = "Use the Pulumi CLI with this file, or pass another file with --config-file.";
    throw new EngineError(`${configFile}:\n${problems.map((problem) => `  ${problem}`).join("\n")}\n${advice}`);
  }
  const own = Object.entries(config).map(([key, value]) => [key, serialise(value)] as const);
  return { ...project.defaults, ...Object.fromEntries(own) };
}

function readYaml(file: string): Record<string, unknown> {
  let content: unknown;
  try {
    content = parse(fs.readFileSync(file, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      throw new EngineError(
        `${file}: got no such file; expected a Pulumi YAML file. Check the folder and the stack name.`,
      );
    }
    throw new EngineError(`${file}: ${messageOf(error)}`);
  }
  if (content === null || content === undefined) return {};
  if (!isObject(content)) throw new EngineError(`${file}: got ${typeof content}; expected a YAML mapping.`);
  return content;
}

/** Pulumi passes every configuration value as a string: strings unchanged, everything else as JSON. */
function serialise(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function hasSecure(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasSecure);
  if (!isObject(value)) return false;
  const keys = Object.keys(value);
  return (keys.length === 1 && keys[0] === "secure") || Object.values(value).some(hasSecure);
}
