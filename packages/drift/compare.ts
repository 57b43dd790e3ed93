import { execa } from "execa";

/** The differences between a stack's objects and its program. `changes` contains no values: values may be secret. */
export interface Comparison {
  /** A line for each resource that differs: what it is, and in which fields. */
  readonly changes: readonly string[];
  /** Why something could not be compared. */
  readonly problems: readonly string[];
}

/** The part of `pulumi preview --json` that is read. */
interface Preview {
  readonly steps?: readonly Step[];
  readonly diagnostics?: readonly { readonly severity: string; readonly message: string }[];
}

interface Step {
  readonly op: string;
  readonly urn: string;
  /** By property path. */
  readonly detailedDiff?: Readonly<Record<string, unknown>> | null;
  /** The top-level properties, if a provider gives no details. */
  readonly diffReasons?: readonly string[] | null;
}

/** Steps that change nothing. `refresh` only reads an object. */
const IDLE = ["same", "refresh", "read"];

/**
 * Compares every resource of a stack, as it is now, with the program.
 * @param env Variables of the CLI; default: this process's.
 */
export async function comparePulumi(stack: string, env: NodeJS.ProcessEnv = process.env): Promise<Comparison> {
  // Without --expect-no-changes, the exit code reports failures only.
  const args = ["preview", "--stack", stack, "--refresh", "--expect-no-changes", "--json"];
  const { exitCode, code, stdout, stderr } = await execa("pulumi", args, {
    env,
    extendEnv: false,
    reject: false,
    stdin: "ignore",
  });
  if (code === "ENOENT") return failed("pulumi: got nothing on PATH; expected the Pulumi CLI. Install it.");
  const preview = parse(stdout);
  if (preview === undefined) return failed(stderr || `pulumi preview ended with exit code ${exitCode ?? "none"}.`);
  const changes = (preview.steps ?? []).filter(({ op }) => !IDLE.includes(op)).map(describe);
  const problems = (preview.diagnostics ?? []).filter(({ severity }) => severity === "error");
  if (problems.length > 0) return { changes, problems: problems.map(({ message }) => message) };
  // The CLI fails if something differs. Without differences, it failed for another reason.
  return exitCode === 0 || changes.length > 0 ? { changes, problems: [] } : failed(stderr);
}

function failed(problem: string): Comparison {
  return { changes: [], problems: [problem] };
}

function parse(text: string): Preview | undefined {
  try {
    return JSON.parse(text) as Preview;
  } catch {
    return undefined;
  }
}

/** Describes a step by its URN, `urn:pulumi:<stack>::<project>::<types>::<name>`, whose last type is the resource's. */
function describe({ op, urn, detailedDiff, diffReasons }: Step): string {
  const [, , types = "", ...name] = urn.split("::");
  const resource = `${types.split("$").at(-1) ?? ""} ${name.join("::")}`;
  if (op === "create") return `${resource} is not there`;
  if (op === "delete") return `${resource} is no longer in the program`;
  const detailed = Object.keys(detailedDiff ?? {});
  const fields = new Set(detailed.length > 0 ? detailed : (diffReasons ?? []));
  return `${resource} differs in ${[...fields].sort().join(", ") || "fields that the provider does not name"}`;
}
