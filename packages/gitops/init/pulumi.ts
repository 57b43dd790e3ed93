import { execa } from "execa";
import { Failure } from "@gitops-platform/contract/failure";
import { isOlder } from "@gitops-platform/environments/cluster";
import supported from "../../../supported.json";

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
    await this.mustRun(["config", "set", "--secret", ...isPath, path, "--stack", stack, "--non-interactive"], value);
  }

  private async mustRun(args: string[], input?: string): Promise<void> {
    const { failed, stderr } = await this.run(args, input);
    if (!failed) return;
    // Pulumi does not repeat the value. Were it to, this would.
    const said = (input === undefined ? stderr : stderr.replaceAll(input.trim(), "…")).replace(/^error: /, "").trim();
    throw new Failure(
      `pulumi ${args.slice(0, 2).join(" ")}: got ${said === "" ? "an error" : said}; expected success. ` +
        "Log in with pulumi login, and set PULUMI_CONFIG_PASSPHRASE if stacks are encrypted with one. Then run this again.",
    );
  }

  private async run(args: string[], input = ""): Promise<{ failed: boolean; stdout: string; stderr: string }> {
    const { failed, stdout, stderr } = await execa("pulumi", args, {
      ...{ cwd: this.folder, env: this.env, extendEnv: false, reject: false, input },
    });
    return { failed, stdout, stderr };
  }
}
