import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { formatProblem } from "@gitops-platform/contract/problems";
import { parseConfiguration } from "@gitops-platform/environments/settings/parse";
import { secretKeys } from "@gitops-platform/environments/settings/table";
import { placeholderFor } from "@gitops-platform/review/placeholder";
import type { Call } from "./run-block";

type Value = string | number | boolean | null | undefined | Value[] | { [key: string]: Value };

const NAMESPACE = "gitops-platform:";

/**
 * What is wrong with the settings that a block's calls of `pulumi config set` leave in a stack's file. Each key is set
 * as the CLI does it, and then checked as the program does.
 * @param start The settings before; default: those of the stack's file in the calls' folder.
 */
export function settingProblems(calls: readonly Call[], start?: Record<string, Value>): string[] {
  const problems: string[] = [];
  const stacks = new Map<string, { config: Record<string, Value>; touched: Set<string> }>();
  for (const { folder, args } of calls.filter(({ program, args }) => program === "pulumi" && isSet(args))) {
    const stack = optionOf(args, ["-s", "--stack"]) ?? "prod";
    const found = stacks.get(stack) ?? { config: start ?? committed(folder, stack), touched: new Set<string>() };
    stacks.set(stack, found);
    const [path = "", given] = operandsOf(args);
    const [key = ""] = path.split(/[.[]/);
    const isSecret = args.includes("--secret");
    if (isSecret !== secretKeys.includes(key)) {
      problems.push(`${path}: got ${isSecret ? "--secret" : "no --secret"}; docs/settings.md says otherwise`);
    }
    if (path !== key && !args.includes("--path")) problems.push(`${path}: got no --path`);
    if (given === undefined && !isSecret) problems.push(`${path}: got no value`);
    found.touched.add(key);
    set(found.config, stepsOf(path), isSecret ? placeholderFor(path) : (given ?? ""));
  }
  for (const [stack, { config, touched }] of stacks) {
    const raw = Object.entries(config).filter(([key]) => touched.has(key));
    const text = raw.map(([key, value]) => [
      NAMESPACE + key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
    const { problems: found } = parseConfiguration(Object.fromEntries(text) as Record<string, string>);
    problems.push(...found.map((problem) => `${stack}: ${formatProblem(problem)}`));
    // A shell expands `~/` without quotes: the stack's file would then name one person's home folder.
    const { kubeconfig } = config;
    if (typeof kubeconfig === "string" && kubeconfig.startsWith("/home/"))
      problems.push(`${stack}: kubeconfig: got a home folder`);
  }
  return problems;
}

function isSet([config, verb]: readonly string[]): boolean {
  return config === "config" && verb === "set";
}

function operandsOf(args: readonly string[]): string[] {
  return args.slice(2).filter((word, index, all) => !word.startsWith("-") && !isStackOption(all[index - 1]));
}

function isStackOption(word: string | undefined): boolean {
  return word === "-s" || word === "--stack";
}

function optionOf(args: readonly string[], names: readonly string[]): string | undefined {
  const at = args.findIndex((word) => names.includes(word));
  return at < 0 ? undefined : args[at + 1];
}

/** The plain settings of a stack's file. */
function committed(folder: string, stack: string): Record<string, Value> {
  const file = join(folder, `Pulumi.${stack}.yaml`);
  if (!existsSync(file)) return {};
  const { config } = parse(readFileSync(file, "utf8")) as { config: Record<string, Value> };
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace(NAMESPACE, ""), value]));
}

/** `a.b[0]` as `a`, `b` and 0. */
function stepsOf(path: string): (string | number)[] {
  return Array.from(path.matchAll(/\[(\d+)\]|([^.[\]]+)/g), ([, index, name = ""]) =>
    index === undefined ? name : Number(index),
  );
}

/** Sets a value at a path. Like the CLI, it fills a list before that index with nulls. */
function set(config: Record<string, Value>, [first = "", ...rest]: (string | number)[], given: string): void {
  if (rest.length === 0) config[first] = given;
  else config[first] = put(config[first], rest, typed(given));
}

function put(current: Value, [step, ...rest]: (string | number)[], value: Value): Value {
  if (step === undefined) return value;
  if (typeof step === "number") {
    const list = Array.isArray(current) ? [...current] : [];
    while (list.length < step) list.push(null);
    list[step] = put(list[step], rest, value);
    return list;
  }
  const map = typeof current === "object" && current !== null && !Array.isArray(current) ? { ...current } : {};
  map[step] = put(map[step], rest, value);
  return map;
}

/** Below a top-level key, the CLI reads true, false and integers as such. */
function typed(text: string): Value {
  if (text === "true" || text === "false") return text === "true";
  return /^(0|[1-9]\d*)$/.test(text) ? Number(text) : text;
}
