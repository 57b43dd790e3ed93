import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import path from "node:path";

/** Where npm links this project's own packages, relative to the project's folder. */
const OWN = "@gitops-platform";

/**
 * Gives a copy of the project its dependencies without a second installation: links to the installed packages, if any.
 * npm's links to the project's own packages are relative, so their copies lead to the packages of the copy.
 */
export function linkPackages(project: string, copy: string): void {
  const [installed, linked] = [path.join(project, "node_modules"), path.join(copy, "node_modules")];
  if (!existsSync(installed)) return;
  mkdirSync(linked);
  for (const name of readdirSync(installed)) {
    const [from, to] = [path.join(installed, name), path.join(linked, name)];
    if (name === OWN) cpSync(from, to, { recursive: true, verbatimSymlinks: true });
    else symlinkSync(from, to);
  }
}
