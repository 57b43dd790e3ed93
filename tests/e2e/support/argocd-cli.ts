import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { until } from "@gitops-platform/clients/until";
import { ensureTools } from "@gitops-platform/sandbox/tools/build";
import { Browser } from "./identity-provider";

/** The command `argocd` of one person or program, which has a home folder of its own. */
export class ArgocdCli {
  private readonly home = mkdtempSync(join(tmpdir(), "argocd-cli-"));

  private constructor(
    private readonly binary: string,
    private readonly address: string,
  ) {}

  /** @param server The URL of argocd-server. */
  static async of(server: string): Promise<ArgocdCli> {
    return new ArgocdCli(join((await ensureTools()).bin, "argocd"), new URL(server).host);
  }

  /** Logs a person in by single sign-on: opens the page that the command names, which leads back to its port. */
  async logIn(person: string, port: number): Promise<void> {
    const login = this.start("login", this.address, "--sso", "--sso-launch-browser=false", "--sso-port", `${port}`);
    for await (const line of createInterface({ input: login.stdout })) {
      const [url] = /https?:\/\/\S+/.exec(line) ?? [];
      if (url === undefined) continue;
      // The command names the page before it listens for what the page sends.
      await until("argocd login listens", async () => ((await accepts(port)) ? { done: true } : { waitingFor: "it" }));
      await (await new Browser(person).open(url)).text();
      break;
    }
    await login;
  }

  /** Runs a command. Returns what it printed, or rejects with its message. */
  async run(...args: readonly string[]): Promise<string> {
    return (await this.start(...args, "--server", this.address)).stdout;
  }

  remove(): void {
    rmSync(this.home, { recursive: true });
  }

  private start(...args: readonly string[]) {
    const options = { env: { HOME: this.home }, extendEnv: false, timeout: 120_000 } as const;
    return execa(this.binary, [...args, "--plaintext", "--grpc-web"], options);
  }
}

/** Whether a program listens on a port of this machine. */
async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, "localhost");
  return new Promise((resolve) => {
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => {
      resolve(false);
    });
  });
}
