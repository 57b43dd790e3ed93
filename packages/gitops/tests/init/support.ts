import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseDocument } from "yaml";
import { Browser } from "@gitops-platform/test-support/browser";
import { accountsWith } from "@gitops-platform/test-support/platform-accounts";
import { StandIn } from "@gitops-platform/github-stand-in/tests/support";
import type { SeedInput } from "@gitops-platform/github-stand-in/domain/access/seed";
import { environments } from "@gitops-platform/environments/environments";
import type { Ask } from "../../init/answers";
import { init, type InitOptions, type Surroundings } from "../../init/init";
import { STATE_FILE } from "../../init/state";

const ROOT = join(__dirname, "../../../..");

/** A call of the Pulumi CLI. */
export interface Call {
  readonly args: readonly string[];
  readonly stdin: string;
}

/** An organisation without a repository and Apps, a project's folder, a Pulumi CLI and a person with a browser. */
export class NewPlatform extends StandIn {
  readonly project = join(this.folder, "project");
  /** The complete output. */
  said = "";
  /** The pages that were opened. */
  pages: string[] = [];
  /** Whether the person follows the pages. */
  isPresent = true;
  /** Whether the browser is on the same machine. */
  hasBrowser = true;
  /** The person's action instead of creating and installing an App. */
  visit: ((browser: Browser, url: string) => Promise<void>) | undefined;

  constructor(more: Partial<SeedInput> = {}) {
    // Without Apps, whose names would be taken.
    super({ ...accountsWith(more), apps: more.apps ?? [] });
  }

  /** Starts the stand-in, and makes the project's folder with the example's stack files. */
  async make(): Promise<void> {
    await this.start();
    this.addProject();
  }

  addProject(): void {
    mkdirSync(join(this.project, "bin"), { recursive: true });
    for (const name of ["Pulumi.yaml", ...environments.map(({ name }) => `Pulumi.${name}.yaml`)]) {
      copyFileSync(join(ROOT, name), join(this.project, name));
    }
    const program = readFileSync(join(__dirname, "fake-pulumi.js"), "utf8")
      .replace("/usr/bin/env node", process.execPath)
      .replace('require("yaml")', `require(${JSON.stringify(require.resolve("yaml"))})`);
    writeFileSync(join(this.project, "bin/pulumi"), program);
    chmodSync(join(this.project, "bin/pulumi"), 0o755);
    const contexts = environments.map(({ name }) => `  - {name: my-${name}, context: {cluster: c}}\n`);
    writeFileSync(this.kubeconfig, `contexts:\n${contexts.join("")}`);
  }

  get kubeconfig(): string {
    return join(this.project, "kubeconfig");
  }

  /** The answers of a person who passes everything as flags. */
  get answers(): Partial<InitOptions> {
    return {
      repo: "vaarak/gitops",
      cluster: environments.map(({ name }) => `${name}=${this.kubeconfig}:my-${name}`),
      platformTeam: ["vaarak/platform"],
      approvers: ["prod=vaarak/approvers"],
    };
  }

  /** Runs `gitops init` as somebody. */
  async init(
    changes: Partial<InitOptions> = {},
    { login = "owner", env = {}, ask }: { login?: string; env?: Record<string, string>; ask?: Ask } = {},
  ): Promise<void> {
    const surroundings: Surroundings = {
      folder: this.project,
      env: {
        PATH: join(this.project, "bin"),
        GITHUB_SERVER_URL: this.url,
        GITHUB_API_URL: `${this.url}/api/v3`,
        GITHUB_TOKEN: `token-of-${login}`,
        ...env,
      },
      ask,
      log: (text) => (this.said += `${text}\n`),
      openPage: (url) => {
        this.pages.push(url);
        if (this.isPresent) void this.createAndInstall(url, login);
        return this.hasBrowser;
      },
      pauses: { first: 20, longest: 100 },
    };
    await init({ ...this.answers, yes: true, port: 0, timeout: 20_000, ...changes }, surroundings);
  }

  /** Runs init, which must fail. Returns the error's message. */
  async refusal(...args: Parameters<NewPlatform["init"]>): Promise<string> {
    try {
      await this.init(...args);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error("init did not fail");
  }

  /** The calls of Pulumi since this was called before. */
  calls(): Call[] {
    const file = join(this.project, "pulumi.log");
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, "utf8").trim().split("\n");
    rmSync(file);
    return lines.map((line) => JSON.parse(line) as Call);
  }

  /** The settings in a stack's file, without the namespace. */
  settings(stack: string): Record<string, unknown> {
    const { config } = parse(this.file(`Pulumi.${stack}.yaml`)) as { config: Record<string, unknown> };
    return Object.fromEntries(
      Object.entries(config).map(([key, value]) => [key.replace("gitops-platform:", ""), value]),
    );
  }

  /** Removes a setting from a stack's file. */
  removeSetting(stack: string, key: string): void {
    const document = parseDocument(this.file(`Pulumi.${stack}.yaml`));
    document.deleteIn(["config", `gitops-platform:${key}`]);
    writeFileSync(join(this.project, `Pulumi.${stack}.yaml`), document.toString());
  }

  file(name: string): string {
    return readFileSync(join(this.project, name), "utf8");
  }

  get state(): { apps: Record<string, { slug: string }>; secrets: Record<string, string>; startedBy: string } {
    return JSON.parse(this.file(STATE_FILE)) as NewPlatform["state"];
  }

  private async createAndInstall(url: string, login: string): Promise<void> {
    const browser = new Browser(this.url, `token-of-${login}`);
    if (this.visit) {
      await this.visit(browser, url);
      return;
    }
    const install = await browser.press(await browser.press(await browser.open(url)));
    await browser.press(install, { repository_id: "gitops" });
  }
}
