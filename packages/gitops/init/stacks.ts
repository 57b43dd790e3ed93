import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type Document, parseDocument } from "yaml";
import { Failure } from "@gitops-platform/contract/failure";
import { isMap } from "@gitops-platform/contract/values/plain";
import { environments } from "@gitops-platform/environments/environments";
import { execa } from "execa";
import { isOlder } from "@gitops-platform/environments/cluster";
import supported from "../../../supported.json";

const NAMESPACE = "gitops-platform";

/** A value for a path in a stack's settings, such as `repository.owner`. Undefined: it stays as it is. */
export type Values = Readonly<Record<string, unknown>>;

/** The file of one stack, `Pulumi.<environment>.yaml`. */
export class StackFile {
  private document: Document;

  /** Reads the file. It may not exist. */
  constructor(
    private readonly folder: string,
    readonly environment: string,
  ) {
    this.document = this.read();
  }

  get name(): string {
    return `Pulumi.${this.environment}.yaml`;
  }

  get path(): string {
    return join(this.folder, this.name);
  }

  /** Reads the file again, after Pulumi wrote it. */
  reload(): void {
    this.document = this.read();
  }

  /** The value of a setting; for a secret, an object with its encrypted value. */
  get(path: string): unknown {
    const content: unknown = this.document.toJS();
    return keysOf(path).reduce((value, key) => (isMap(value) ? value[key] : undefined), content);
  }

  /** Whether a secret is in the file, encrypted. */
  has(secret: string): boolean {
    const value = this.get(secret);
    return isMap(value) && value.secure !== undefined;
  }

  /**
   * Empties the file if it is this project's example. What Pulumi needs to decrypt stays.
   * @returns whether it was.
   */
  dropExample(): boolean {
    const isExample = this.get("repository.owner") === "vaarak" && isOfExample(this.get("argocd.url"));
    if (!isExample) return false;
    this.document.set("config", this.document.createNode({}));
    this.document.commentBefore = null;
    this.document.comment = null;
    return true;
  }

  /** Sets values in memory. Those that are equal already stay as they are written. */
  set(values: Values): void {
    for (const [path, value] of Object.entries(values)) {
      if (value === undefined || isDeepStrictEqual(this.get(path), value)) continue;
      this.document.setIn(keysOf(path), this.document.createNode(value));
    }
  }

  /** Whether {@link write} would change the file. */
  isChanged(): boolean {
    return !existsSync(this.path) || !isDeepStrictEqual(this.document.toJS(), this.read().toJS());
  }

  /** Writes the file, if its content has changed. */
  write(): void {
    if (this.isChanged()) writeFileSync(this.path, this.document.toString({ lineWidth: 0 }));
  }

  /** The settings as Pulumi passes them to the program, without secrets. */
  plain(): Record<string, string> {
    const { config } = this.document.toJS() as { config?: unknown };
    return Object.fromEntries(
      Object.entries(isMap(config) ? config : {})
        .filter(([, value]) => !hasSecret(value))
        .map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
    );
  }

  private read(): Document {
    const document = parseDocument(existsSync(this.path) ? readFileSync(this.path, "utf8") : "config: {}\n");
    const [error] = document.errors;
    if (error) throw new Failure(`${this.name}: got ${error.message.split("\n")[0] ?? ""}; expected YAML. Correct it.`);
    if (!isMap(this.mapOf(document).config)) document.set("config", document.createNode({}));
    return document;
  }

  private mapOf(document: Document): Readonly<Record<string, unknown>> {
    const content: unknown = document.toJS();
    if (content === null) document.contents = document.createNode({});
    return isMap(content) ? content : {};
  }
}

/** The file of each stack, and that of the stack that owns the repository. */
export interface Stacks {
  readonly all: readonly StackFile[];
  readonly owner: StackFile;
}

/** Reads the files of all stacks in a folder. */
export function readStacks(folder: string): Stacks {
  const all = environments.map(({ name }) => new StackFile(folder, name));
  const owning = environments.find(({ manageRepository }) => manageRepository);
  const owner = all.find(({ environment }) => environment === owning?.name);
  if (!owner) throw new Error("no environment owns the repository");
  return { all, owner };
}

function keysOf(path: string): string[] {
  const [first = "", ...rest] = path.split(".");
  return ["config", `${NAMESPACE}:${first}`, ...rest];
}

function hasSecret(value: unknown): boolean {
  if (!isMap(value)) return false;
  return typeof value.secure === "string" || Object.values(value).some(hasSecret);
}

function isOfExample(url: unknown): boolean {
  return typeof url === "string" && url.endsWith(".vaarak.example");
}

const INSTALL = "Install it: https://www.pulumi.com/docs/install/";

/** The Pulumi CLI of the person who runs `gitops init`, in the project's folder. */
export class Pulumi {
  private constructor(
    private readonly folder: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  /** @throws {Failure} if there is none on PATH, or it is too old. */
  static async find(folder: string, env: NodeJS.ProcessEnv): Promise<Pulumi> {
    const pulumi = new Pulumi(folder, env);
    const { failed, stdout } = await pulumi.run(["version"]);
    const expected = `expected Pulumi ${supported.pulumi} or newer. ${INSTALL}`;
    if (failed) throw new Failure(`pulumi: got nothing on PATH that runs; ${expected}`);
    if (isOlder(stdout, supported.pulumi)) throw new Failure(`pulumi: got ${stdout.trim()}; ${expected}`);
    return pulumi;
  }

  /** Creates a stack if it does not exist. */
  async ensureStack(stack: string): Promise<void> {
    await this.mustRun(["stack", "select", stack, "--create", "--non-interactive"]);
  }

  /**
   * Encrypts a setting into the stack's file. The value is passed on stdin: arguments are visible to other users.
   * @param path The setting's key, or the key and a key in its map: `webhookSecrets.dev`.
   */
  async setSecret(stack: string, path: string, value: string): Promise<void> {
    const isPath = path.includes(".") ? ["--path"] : [];
    // With its namespace: without one, Pulumi takes the name of the project.
    const key = `gitops-platform:${path}`;
    await this.mustRun(["config", "set", "--secret", ...isPath, key, "--stack", stack, "--non-interactive"], value);
  }

  private async mustRun(args: string[], input?: string): Promise<void> {
    const { failed, stderr } = await this.run(args, input);
    if (!failed) return;
    // Pulumi does not repeat the value. Were it to, this would.
    const said = (input === undefined ? stderr : stderr.replaceAll(input.trim(), "…")).replace(/^error: /, "").trim();
    throw new Failure(
      `pulumi ${args.slice(0, 2).join(" ")}: got ${said === "" ? "an error" : said}; expected success. ` +
        "Log in with pulumi login, and set PULUMI_CONFIG_PASSPHRASE if stacks are encrypted with one. " +
        "Then run this again.",
    );
  }

  private async run(args: string[], input = ""): Promise<{ failed: boolean; stdout: string; stderr: string }> {
    const { failed, stdout, stderr } = await execa("pulumi", args, {
      ...{ cwd: this.folder, env: this.env, extendEnv: false, reject: false, input },
    });
    return { failed, stdout, stderr };
  }
}
