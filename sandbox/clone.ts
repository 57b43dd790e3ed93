import { existsSync } from "node:fs";
import { execa } from "execa";
import { emailOf } from "./accounts";
import { writePrivate, type Credentials } from "./credentials";
import type { Ports } from "./ports";
import { repositoryUrl } from "./stack-files";
import type { SandboxPaths } from "./paths";

/**
 * A clone of the GitOps repository to work in, which pushes as `developer` without asking for a password. Made once; from
 * then on it is the person's own.
 */
export async function ensureClone(paths: SandboxPaths, ports: Ports, credentials: Credentials): Promise<void> {
  if (existsSync(paths.clone)) return;
  const url = new URL(`${repositoryUrl(ports)}.git`);
  writePrivate(paths.github.gitCredentials, `http://developer:${credentials.people.developer}@${url.host}\n`);
  const config = {
    "credential.helper": credentialHelper(paths.github.gitCredentials),
    "user.name": "developer",
    "user.email": emailOf("developer"),
  };
  await execa("git", [
    "clone",
    "--quiet",
    ...Object.entries(config).map(([key, value]) => `--config=${key}=${value}`),
    url.href,
    paths.clone,
  ]);
}

/** Git's helper that finds credentials in a file. Git gives it to a shell, so the path is quoted. */
export function credentialHelper(file: string): string {
  return `store --file='${file.replaceAll("'", "'\\''")}'`;
}
