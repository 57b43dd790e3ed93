import { existsSync } from "node:fs";
import { execa } from "execa";
import { isolated } from "../gitops/git/environment";
import { emailOf } from "./accounts";
import { writePrivate, type Credentials } from "./credentials";
import type { Ports } from "./ports";
import { repositoryUrl } from "./stack-files";
import type { SandboxPaths } from "./paths";

/**
 * A clone of the GitOps repository to work in, which pushes as `developer` without asking for a password. Made once;
 * from then on it is the person's own.
 */
export async function ensureClone(paths: SandboxPaths, ports: Ports, credentials: Credentials): Promise<void> {
  await cloneAsDeveloper(paths, credentials, repositoryUrl(ports), paths.clone);
}

/** Clones a repository of the Git host into a folder, where there is none yet, so that `developer` works in it. */
export async function cloneAsDeveloper(
  { github }: Pick<SandboxPaths, "github">,
  { people }: Credentials,
  repository: string,
  folder: string,
): Promise<void> {
  if (existsSync(folder)) return;
  const url = new URL(`${repository}.git`);
  writePrivate(github.gitCredentials, `http://developer:${people.developer}@${url.host}\n`);
  const config = {
    // On this machine: a proxy of the person's has no business there.
    "http.proxy": "",
    "credential.helper": credentialHelper(github.gitCredentials),
    "user.name": "developer",
    "user.email": emailOf("developer"),
  };
  const options = Object.entries(config).map(([key, value]) => `--config=${key}=${value}`);
  await execa("git", ["clone", "--quiet", ...options, url.href, folder], { env: isolated(), extendEnv: false });
}

/** Git's helper that finds credentials in a file. Git gives it to a shell, so the path is quoted. */
export function credentialHelper(file: string): string {
  return `store --file='${file.replaceAll("'", "'\\''")}'`;
}
