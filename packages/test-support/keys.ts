import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A key pair's public half as OpenSSH writes it: `ssh-rsa AAAA…`. */
export function authorizedKey({ privateKey }: { readonly privateKey: string }): string {
  const folder = mkdtempSync(join(tmpdir(), "key-"));
  try {
    writeFileSync(join(folder, "key"), privateKey, { mode: 0o600 });
    return execFileSync("ssh-keygen", ["-y", "-f", join(folder, "key")], { encoding: "utf8" }).trim();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Keys to sign with. */
export class Keys {
  private readonly folder = mkdtempSync(join(tmpdir(), "gitops-keys-"));

  /** Makes a pair. Returns the path of the private half and the line for allowed_signers. */
  make(name: string): { key: string; line: string } {
    const key = join(this.folder, name);
    execFileSync("ssh-keygen", ["-q", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "", "-f", key]);
    const type = execFileSync("ssh-keygen", ["-y", "-f", key], { encoding: "utf8" }).trim();
    return { key, line: `gitops-release namespaces="git" ${type}\n` };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
