import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Octokit } from "@octokit/rest";
// libsodium adds its functions to this object once it is ready; the copy that `import *` makes would lack them.
// eslint-disable-next-line @typescript-eslint/no-require-imports
import sodium = require("libsodium-wrappers");
import type { ActionsOptions } from "../actions/actions";
import { parseSeed, type SeedInput } from "../domain/access/seed";
import { checkAnswers } from "./described";
import { type GitHubServer, startServer } from "../http/server";

/** The accounts of the tests. */
export const SEED: SeedInput = {
  organizations: [{ login: "vaarak", basePermission: "read" }],
  users: [
    person("ada", { organizations: { vaarak: "admin" }, email: "ada@example.com", name: "Ada" }),
    person("ben", { organizations: { vaarak: "member" }, repositories: { "vaarak/gitops": "write" } }),
    person("cleo", { organizations: { vaarak: "member" } }),
    person("dan", {}),
  ],
  apps: [
    {
      slug: "release",
      token: "token-of-release",
      permissions: { contents: "read" },
      repositories: ["vaarak/gitops"],
    },
  ],
};

function person(login: string, more: Partial<SeedInput["users"][number]>): SeedInput["users"][number] {
  return { login, token: `token-of-${login}`, ...more };
}

/** A stand-in on a free port with a folder of its own. */
export class StandIn {
  readonly folder = mkdtempSync(join(tmpdir(), "github-"));
  readonly data = join(this.folder, "data");
  private server: GitHubServer | undefined;
  private clones = 0;

  /** Uses the accounts of `seed`; with `actions` it runs workflows. */
  constructor(
    protected readonly seed: SeedInput = SEED,
    private readonly actions?: ActionsOptions,
  ) {}

  get url(): string {
    return this.server?.url ?? "";
  }

  async start(): Promise<void> {
    const actions = this.actions ? { actions: this.actions } : {};
    this.server = await startServer({ port: 0, data: this.data, seed: parseSeed(this.seed, "seed"), ...actions });
  }

  /** Lets a schedule of a repository's workflows fire. */
  async fireSchedule(repository: { owner: string; repo: string }, cron: string, login: string): Promise<void> {
    await this.server?.fireSchedule(repository, cron, login);
  }

  async stop(): Promise<void> {
    await this.server?.close();
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** An unmodified Octokit as one of SEED's people, or without a token. */
  octokit(login?: string): Octokit {
    const quiet = { debug: ignore, info: ignore, warn: ignore, error: ignore };
    const auth = login === undefined ? {} : { auth: `token-of-${login}` };
    return checkAnswers(new Octokit({ baseUrl: `${this.url}/api/v3`, log: quiet, ...auth }));
  }

  /** vaarak/<name> with a README on main, created by ada. */
  async repository(name = "gitops"): Promise<Octokit> {
    const ada = this.octokit("ada");
    await ada.rest.repos.createInOrg({ org: "vaarak", name, private: true, auto_init: true });
    return ada;
  }

  /** Git URL of vaarak/<name>, with a person's token. */
  remote(login: string, name = "gitops"): string {
    return `${this.url.replace("//", `//any:token-of-${login}@`)}/vaarak/${name}.git`;
  }

  /** A clone in a new folder. */
  async clone(login: string, ...options: string[]): Promise<Clone> {
    const folder = join(this.folder, `clone-${++this.clones}`);
    await git(this.folder, "clone", "--quiet", ...options, this.remote(login), folder);
    return new Clone(folder);
  }
}

/** A person's clone. */
export class Clone {
  constructor(readonly folder: string) {}

  git(...args: string[]): Promise<string> {
    return git(this.folder, ...args);
  }

  /** Makes many commits on top of a branch that change no file, with one process. */
  commitNothing(branch: string, messages: readonly string[]): void {
    const ref = `refs/heads/${branch}`;
    const who = `Test <test@example.com> ${Math.floor(Date.now() / 1000)} +0000`;
    const commits = messages.map((message, at) => {
      const text = `data ${Buffer.byteLength(message) + 1}\n${message}\n\n`;
      return `commit ${ref}\ncommitter ${who}\n${text}${at === 0 ? `from ${ref}^0\n` : ""}`;
    });
    const env = withoutConfiguration();
    execFileSync("git", ["fast-import", "--quiet"], { cwd: this.folder, env, input: commits.join("") });
  }
}

/** Runs git as a person without any configuration. On failure, the error contains its standard error. */
export async function git(cwd: string, ...args: string[]): Promise<string> {
  const person = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
  const env = withoutConfiguration();
  const { stdout, stderr } = await promisify(execFile)("git", [...person, ...args], { cwd, env });
  return args[0] === "push" ? stderr : stdout.trim();
}

function withoutConfiguration(): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
  };
}

/** A request that a webhook sent. */
export interface Received {
  headers: IncomingHttpHeaders;
  body: string;
  event: string;
  payload: Record<string, unknown>;
}

/** A server that records the requests of hooks. */
export class Receiver {
  readonly received: Received[] = [];
  /** Status code of its responses. */
  status = 200;
  private readonly server: Server;
  private waiting: (() => void)[] = [];

  constructor() {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const body = Buffer.concat(chunks).toString();
        const json =
          request.headers["content-type"] === "application/json" ? body : new URLSearchParams(body).get("payload");
        const payload = JSON.parse(json ?? "") as Record<string, unknown>;
        this.received.push({
          headers: request.headers,
          body,
          event: String(request.headers["x-github-event"]),
          payload,
        });
        response.writeHead(this.status).end("thanks");
        for (const wake of this.waiting.splice(0)) wake();
      });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Waits for the n-th request (from 1) of an event. */
  async nth(event: string, n = 1): Promise<Received> {
    for (;;) {
      const found = this.received.filter((request) => request.event === event)[n - 1];
      if (found) return found;
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }
}

/** The error of a rejected API call. */
export async function refusal(
  call: Promise<unknown>,
): Promise<{ status: number; message: string; body: Record<string, unknown> }> {
  try {
    await call;
  } catch (error) {
    const { status, response } = error as { status: number; response?: { data: Record<string, unknown> } };
    const body = response?.data ?? {};
    return { status, message: String(body.message), body };
  }
  throw new Error("the call was not refused");
}

/** The error of a rejected git command. */
export async function gitRefusal(command: Promise<string>): Promise<string> {
  return command.then(
    () => {
      throw new Error("git did not fail");
    },
    (error: unknown) => (error as { stderr: string }).stderr,
  );
}

/** Encodes a string for the contents API. */
export function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** Encrypts a secret's value for the API, with the public key of its repository or environment. */
export async function seal(value: string, key: string): Promise<string> {
  await sodium.ready;
  const { ORIGINAL } = sodium.base64_variants;
  return sodium.to_base64(sodium.crypto_box_seal(value, sodium.from_base64(key, ORIGINAL)), ORIGINAL);
}

function ignore(): void {
  // Octokit prints warnings about errors that these tests expect.
}
