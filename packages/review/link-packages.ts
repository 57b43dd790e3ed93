import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import path from "node:path";

/** Where npm links this project's own packages, relative to the project's folder. */
const OWN = "@gitops-platform";

/**
 * Gives a copy of the project its dependencies without a second installation: links to the installed packages. npm's
 * links to the project's own packages are relative, so their copies lead to the packages of the copy.
 */
export function linkPackages(project: string, copy: string): void {
  const [installed, linked] = [path.join(project, "node_modules"), path.join(copy, "node_modules")];
  mkdirSync(linked);
  for (const name of readdirSync(installed)) {
    if (name !== OWN) symlinkSync(path.join(installed, name), path.join(linked, name));
  }
  const own = path.join(installed, OWN);
  if (existsSync(own)) cpSync(own, path.join(linked, OWN), { recursive: true, verbatimSymlinks: true });
}
