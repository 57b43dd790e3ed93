import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs, type ParseArgsOptionDescriptor } from "node:util";
import { parse } from "yaml";
import { graph } from "@gitops-platform/environments/environments";
import { commandLine as drift } from "@gitops-platform/drift/command-line";
import { checkoutCommands } from "@gitops-platform/gitops/commands/checkout";
import { commandLine as gitops } from "@gitops-platform/gitops/run";
import { commandLine as review } from "@gitops-platform/review/command-line";
import { commandLine as bench } from "../bench/command-line";
import { scripts, version } from "../../package.json";
import { ROOT } from "./blocks";
import { OUTSIDE } from "./outside-programs";
import type { Call } from "./run-block";

/** One of commander's command lines. */
type Command = ReturnType<typeof gitops>;

/** The npm scripts that take arguments, by name. The others take none. */
const SCRIPTS: Readonly<Record<string, () => Command>> = { bench, drift, review };

/** npm's own words for scripts. */
const SHORT_SCRIPTS = ["start", "stop", "test"];

/** What is wrong with a call, by the program's own parser or by its declared options. */
export function callProblems(call: Call): string[] {
  const { program, args } = call;
  const outside = OUTSIDE[program];
  if (outside) return outsideProblems(call);
  // `.ci/run`, which is there.
  if (program === "run") return [];
  if (program === "npm") return npmProblems(args);
  if (program === "npx" && args[0] !== "gitops") return [`npx: got ${args[0] ?? "nothing"}; expected gitops`];
  return gitopsProblems({ ...call, args: program === "npx" ? args.slice(1) : args });
}

/**
 * What is wrong with a command that a sentence names. Such a command may lack arguments, so only the names of commands
 * and options are checked.
 */
export function mentionProblems(text: string): string[] {
  const [program = "", name = "", ...rest] = text.replace(/^(npx|npm run) /, "").split(" ");
  const words = [name, ...rest];
  const options = words.flatMap((word) => /^--?[a-z][a-z-]*/.exec(word) ?? []).filter((option) => option !== "--help");
  if (program === "pulumi") return pulumiMention(words.join(" "), options);
  if (program !== "gitops") {
    if (!Object.hasOwn(scripts, program)) return [`got ${program}; expected a script of package.json`];
    const parser = SCRIPTS[program];
    return parser ? unknownOptions(options, [parser()]) : [];
  }
  const line = gitops(checkoutCommands);
  const command = line.commands.find((each) => each.name() === name);
  if (!command) return [`got ${name}; expected a command of gitops`];
  const nested = command.commands.find((each) => each.name() === rest[0]);
  return unknownOptions(options, [line, command, ...(nested ? [nested] : [])]);
}

function pulumiMention(text: string, given: readonly string[]): string[] {
  const commands = OUTSIDE.pulumi ?? {};
  const name = Object.keys(commands).find((each) => text === each || text.startsWith(`${each} `));
  if (name === undefined) return [`got ${text}; expected a command of tests/documents/outside-programs.ts`];
  const { options = {} } = commands[name] ?? {};
  const known = Object.entries(options).flatMap(([long, { short }]) => [`--${long}`, `-${short ?? ""}`]);
  return given.filter((option) => !known.includes(option)).map((option) => `got ${option}; expected an option`);
}

function unknownOptions(given: readonly string[], commands: readonly Command[]): string[] {
  const known = commands.flatMap(({ options }) => options.flatMap(({ long, short }) => [long, short]));
  return given.filter((option) => !known.includes(option)).map((option) => `got ${option}; expected an option`);
}

function gitopsProblems({ folder, args }: Call): string[] {
  const problems = parseProblems(gitops(checkoutCommands), args);
  // `--from` of `service add` names a service, that of `chart add` an address.
  const named = ["service", "chart"].some((name) => args.includes(name)) ? ["--env"] : ["--env", "--from", "--to"];
  for (const [index, word] of args.entries()) {
    const value = args[index + 1] ?? "";
    if (named.includes(word) && !graph.names.includes(value)) {
      problems.push(`${word}: got ${value}; expected one of ${graph.names.join(", ")}`);
    }
    if (word === "--stack-file") problems.push(...missing(folder, value));
  }
  return problems;
}

function npmProblems([command = "", ...rest]: readonly string[]): string[] {
  if (command === "install" && rest.length === 1) return packageProblems(rest[0] ?? "");
  if (command === "ci" || command === "install") return rest.length === 0 ? [] : [`npm ${command}: got arguments`];
  const words = command === "run" ? rest.filter((word) => word !== "--silent") : [command, ...rest];
  const [script = "", ...args] = words;
  if (command !== "run" && !SHORT_SCRIPTS.includes(command)) return [`npm: got ${command}; expected a known command`];
  if (!Object.hasOwn(scripts, script)) return [`npm run: got ${script}; expected a script of package.json`];
  const parser = SCRIPTS[script];
  if (!parser) return args.length === 0 ? [] : [`npm run ${script}: got arguments; expected none`];
  // npm keeps options before `--` for itself.
  const own = args.slice(0, args.includes("--") ? args.indexOf("--") : args.length);
  if (own.some((word) => word.startsWith("-"))) return [`npm run ${script}: got options before --`];
  return parseProblems(
    parser(),
    args.filter((word) => word !== "--"),
  );
}

/** The package has the address that the template depends on, which tests/scripts/package.test.ts checks. */
function packageProblems(address: string): string[] {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, "templates/typescript/package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const expected = dependencies["gitops-platform"] ?? "";
  return address === expected ? [] : [`npm install: got ${address}; expected ${expected}`];
}

/** `pulumi new` takes a folder of a repository, by the address of its page. */
function templateProblems(address: string): string[] {
  const [, tag, folder = ""] =
    /^https:\/\/github\.com\/vaarak\/gitops-platform\/tree\/([^/]+)\/(.+)$/.exec(address) ?? [];
  if (tag !== `v${version}`) return [`pulumi new: got ${address}; expected the tag v${version}`];
  return missing(ROOT, join(folder, "Pulumi.yaml"));
}

/** What commander says of a command line. No action runs. */
function parseProblems(program: Command, args: readonly string[]): string[] {
  const said: string[] = [];
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)]) {
    command.exitOverride().configureOutput({ writeErr: (text) => said.push(text.trim()), writeOut: () => undefined });
    if (command.commands.length === 0) command.action(() => undefined);
  }
  try {
    program.parse(args, { from: "user" });
    return [];
  } catch (error) {
    if ((error as { code?: string }).code === "commander.helpDisplayed") return [];
    return said.length > 0 ? said : [(error as Error).message];
  }
}

function outsideProblems({ folder, program, args }: Call): string[] {
  const commands = OUTSIDE[program] ?? {};
  const every = Object.values(commands).map(({ options }) => options);
  const all = Object.assign({}, ...every) as Record<string, ParseArgsOptionDescriptor>;
  let positionals: string[];
  let values: Readonly<Record<string, unknown>>;
  try {
    const options = Object.fromEntries(Object.entries(all).map(([name, each]) => [name, { ...each, multiple: true }]));
    ({ positionals, values } = parseArgs({ args: [...args], options, allowPositionals: true }));
  } catch (error) {
    return [`${program}: ${(error as Error).message}`];
  }
  const words = positionals.join(" ");
  const name = Object.keys(commands).find((each) => each === "" || words === each || words.startsWith(`${each} `));
  const command = name === undefined ? undefined : commands[name];
  if (name === undefined || !command) return [`${program}: got ${words}; expected ${Object.keys(commands).join(", ")}`];
  const operands = positionals.slice(name === "" ? 0 : name.split(" ").length);
  const [least, most] = command.operands;
  const problems = Object.keys(values)
    .filter((option) => !Object.hasOwn(command.options, option))
    .map((option) => `${program} ${name}: got --${option}; expected an option of that command`);
  if (operands.length < least || operands.length > most) {
    problems.push(`${program} ${name}: got ${operands.length} operands; expected ${least} to ${most}`);
  }
  const files = ["policy-pack", "policy-pack-config", "kubeconfig", ...(program === "helm" ? ["values"] : [])];
  for (const option of files) {
    for (const file of (values[option] ?? []) as string[]) problems.push(...missing(folder, file));
  }
  if (program === "gh" && name === "workflow run") problems.push(...workflowProblems(operands[0] ?? "", values));
  if (program === "pulumi" && name === "new") problems.push(...templateProblems(operands[0] ?? ""));
  if (program === "pulumi") problems.push(...stackProblems((values.stack ?? []) as string[]));
  return problems;
}

function stackProblems(stacks: readonly string[]): string[] {
  return (
    stacks
      // A name with its project is another program's stack.
      .filter((stack) => !stack.includes("/") && !graph.names.includes(stack))
      .map((stack) => `--stack: got ${stack}; expected one of ${graph.names.join(", ")}`)
  );
}

/** Compares the inputs that a workflow of the GitOps repository is started with to those that it has. */
function workflowProblems(file: string, values: Readonly<Record<string, unknown>>): string[] {
  const path = join(ROOT, "gitops-repo/.github/workflows", basename(file));
  if (!existsSync(path)) return [`gh workflow run: got ${file}; expected a workflow of gitops-repo`];
  const workflow = parse(readFileSync(path, "utf8")) as {
    on: { workflow_dispatch?: { inputs?: Record<string, { required?: boolean; default?: unknown }> } };
  };
  const inputs = workflow.on.workflow_dispatch?.inputs ?? {};
  const given = ((values["raw-field"] ?? []) as string[]).map((each) => each.split("=")[0] ?? "");
  const unknown = given.filter((name) => !Object.hasOwn(inputs, name));
  const absent = Object.keys(inputs).filter((name) => inputs[name]?.required && !given.includes(name));
  return [...unknown, ...absent].map((name) => `gh workflow run ${file}: input ${name} is unknown or missing`);
}

function missing(folder: string, path: string): string[] {
  return existsSync(join(folder, path)) ? [] : [`${path}: expected a file or folder that exists`];
}
