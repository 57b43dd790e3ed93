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
