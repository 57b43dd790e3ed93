import { existsSync } from "node:fs";
import { execa } from "execa";
import { isolated } from "@gitops-platform/clients/git/environment";
import { emailOf } from "./accounts";
import { writePrivate, type Credentials } from "./credentials";
import type { Ports } from "./ports";
import { repositoryUrl } from "./stack-files";
import type { SandboxPaths } from "./paths";

/**
 * Ensures that there is a clone of the GitOps repository to work in, which pushes as `developer` without asking for a
 * password. It is made once; after that, only the user changes it.
 */
export async function ensureClone(paths: SandboxPaths, ports: Ports, credentials: Credentials): Promise<void> {
  await cloneAsDeveloper(paths, credentials, repositoryUrl(ports), paths.clone);
}

/** Clones a repository of the Git host into a folder, configured for `developer`. Does nothing if the folder exists. */
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
    // The Git host is on this machine, so the user's HTTP proxy must not be used.
    "http.proxy": "",
    "credential.helper": credentialHelper(github.gitCredentials),
    "user.name": "developer",
    "user.email": emailOf("developer"),
  };
  const options = Object.entries(config).map(([key, value]) => `--config=${key}=${value}`);
  await execa("git", ["clone", "--quiet", ...options, url.href, folder], { env: isolated(), extendEnv: false });
}

/**
 * The `credential.helper` setting that makes Git read credentials from a file. Git passes it to a shell, so the path is
 * quoted.
 */
export function credentialHelper(file: string): string {
  return `store --file='${file.replaceAll("'", "'\\''")}'`;
}
