import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { GITOPS_PATH } from "@gitops-platform/contract/paths";
import { bundle } from "@gitops-platform/gitops/bundle";
import { GitopsRepository } from "@gitops-platform/test-support/gitops-repository";
import { RELEASE_APP } from "@gitops-platform/test-support/platform-accounts";
import { type Block, ROOT } from "./blocks";
import { callProblems } from "./check-call";
import { settingProblems } from "./configuration";
import { makePrograms, runBlock } from "./run-block";
import type { HowTried } from "./table";

const PLACEHOLDER = /<[a-z][a-z-]*>/;

/** Names that a checkout of this project has, but not a reader's copy. */
const OWN = /^(\.ci|\.git|\.sandbox.*|node_modules)$/;

/** Somebody who follows the documents, with a GitOps repository on the stand-in for GitHub. */
export class Reader {
  private readonly folder = mkdtempSync(join(tmpdir(), "documents-"));
  private readonly github = new GitopsRepository();
  private bin = "";

  async start(): Promise<void> {
    this.bin = makePrograms(this.folder);
    await this.github.make({ files: { [GITOPS_PATH]: bundle() } });
    await this.github.disable("env/*");
    const clone = await this.github.clone("owner");
    await clone.git("push", "--quiet", "origin", "origin/main:refs/heads/env/prod-eu");
  }

  async remove(): Promise<void> {
    await this.github.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Follows a block, and returns everything that is wrong with it. */
  async problemsOf(block: Block, how: HowTried): Promise<string[]> {
    const { tried, fill = {}, env = {}, prints = {}, output, settings } = how;
    let { script } = block;
    for (const [from, to] of Object.entries(fill)) script = script.replaceAll(from, to);
    const [placeholder] = PLACEHOLDER.exec(script.replace(/#.*$/gm, "")) ?? [];
    if (placeholder !== undefined) return [`got the placeholder ${placeholder}; expected an entry with "fill" for it`];
    const ran = await runBlock(script, this.bin, {
      folder: await this.folderFor(how),
      env: { ...this.identity(), ...env },
      prints,
      runsGitops: tried === "run",
    });
    const problems = [...ran.calls.flatMap(callProblems), ...settingProblems(ran.calls, settings)];
    if (ran.code !== 0) problems.push(`exit code ${ran.code ?? "none"}\n${ran.stdout}\n${ran.stderr}`);
    if (output === undefined && !ran.stdout.includes(block.output.join("\n"))) {
      problems.push(`got as output ${ran.stdout}; expected ${block.output.join("\n")}`);
    }
    return problems;
  }

  private identity(): Record<string, string> {
    return {
      GITHUB_API_URL: `${this.github.url}/api/v3`,
      GITHUB_REPOSITORY: "vaarak/gitops",
      GITHUB_SERVER_URL: this.github.url,
      GITHUB_TOKEN: "token-of-owner",
      GIT_AUTHOR_EMAIL: "ada@example.com",
      GIT_AUTHOR_NAME: "Ada",
      GIT_COMMITTER_EMAIL: "ada@example.com",
      GIT_COMMITTER_NAME: "Ada",
    };
  }

  /** A new folder for one block. */
  private async folderFor({ in: where, tried, files = {} }: HowTried): Promise<string> {
    const own = where === "clone" ? (await this.github.clone("owner")).folder : this.checkout();
    if (where === "sandbox") await this.addSandbox(own);
    if (where !== "clone" && tried === "run") this.useStandIn(own);
    for (const [path, text] of Object.entries(files)) writeFileSync(join(own, path), text);
    return own;
  }

  private checkout(): string {
    const own = mkdtempSync(join(this.folder, "checkout-"));
    for (const name of readdirSync(ROOT)) if (!OWN.test(name)) symlinkSync(join(ROOT, name), join(own, name));
    mkdirSync(join(own, ".ci"));
    if (existsSync(join(ROOT, ".ci/run"))) symlinkSync(join(this.bin, "recorder"), join(own, ".ci/run"));
    return own;
  }

  /** Adds what `npm start` leaves for people. */
  private async addSandbox(own: string): Promise<void> {
    for (const path of ["bin", "as", "prod"]) mkdirSync(join(own, ".sandbox", path), { recursive: true });
    for (const person of ["developer", "approver"]) writeFileSync(join(own, ".sandbox/as", person), "");
    writeFileSync(join(own, ".sandbox/prod/kubeconfig"), "");
    symlinkSync(join(this.bin, "recorder"), join(own, ".sandbox/bin/kubectl"));
    const remote = join(own, ".sandbox/api.git");
    const git = (...args: string[]) => execa("git", args, { cwd: own, env: { GIT_CONFIG_GLOBAL: "/dev/null" } });
    await git("init", "--quiet", "--bare", "--initial-branch=main", remote);
    await git("clone", "--quiet", remote, ".sandbox/api");
  }

  /** Replaces the file of the stack that owns the repository by one for the stand-in. */
  private useStandIn(own: string): void {
    const file = join(own, "Pulumi.prod.yaml");
    const repository = {
      owner: "vaarak",
      name: "gitops",
      apiUrl: `${this.github.url}/`,
      platformTeam: ["vaarak/platform"],
      approvers: { prod: ["vaarak/approvers"] },
      checksApp: RELEASE_APP,
    };
    rmSync(file);
    writeFileSync(file, stringify({ config: { "gitops-platform:repository": repository } }));
  }
}
