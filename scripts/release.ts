import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { GITOPS_PATH } from "@gitops-platform/contract/paths";
import { bundle } from "@gitops-platform/gitops/bundle";
import { name, version } from "../package.json";

// Writes the files of a release into a folder, for the workflow `release`:
// node -r ./scripts/register.js scripts/release.ts <tag> <folder>

const root = join(__dirname, "..");

/**
 * Writes the bundled `gitops`, the packed project, their checksums, and the changelog's section as `notes.md`. The same
 * commit results in the same bytes. Throws if the tag is not this version's, or the changelog has no section for it.
 */
export function writeRelease(tag: string, folder: string): void {
  if (tag !== `v${version}`) {
    throw new Error(`tag: got ${tag}; expected v${version}. Tag the commit that has the version in package.json.`);
  }
  const notes = changelogSection(readFileSync(join(root, "CHANGELOG.md"), "utf8"), version);
  if (notes === undefined) {
    throw new Error(`CHANGELOG.md: got no section ${version}; expected its changes. Move them from [Unreleased].`);
  }
  mkdirSync(folder, { recursive: true });
  const bundled = basename(GITOPS_PATH);
  writeFileSync(join(folder, bundled), bundle());
  pack(folder);
  const sums = [bundled, `${name}-${version}.tgz`].map((file) => `${sha256(join(folder, file))}  ${file}\n`);
  writeFileSync(join(folder, "SHA256SUMS"), sums.join(""));
  writeFileSync(join(folder, "notes.md"), `${notes}\n`);
}

/** The text of a version's section without its heading; undefined if there is none or it is empty. */
export function changelogSection(changelog: string, version: string): string | undefined {
  const sections = changelog.split(/^## /m);
  const section = sections.find((text) => text.startsWith(`[${version}] - `));
  const text = section?.slice(section.indexOf("\n")).trim();
  return text === "" ? undefined : text;
}

function pack(folder: string): void {
  const args = ["pack", "--silent", "--ignore-scripts", "--pack-destination", resolve(folder)];
  // npm never packs package-lock.json, so `npm ci` of the packed project needs it under this name.
  const lock = join(root, "npm-shrinkwrap.json");
  copyFileSync(join(root, "package-lock.json"), lock);
  try {
    execFileSync("npm", args, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  } finally {
    rmSync(lock);
  }
}

function sha256(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

if (require.main === module) {
  const [tag = "", folder = ""] = process.argv.slice(2);
  try {
    if (folder === "") throw new Error("usage: release.ts <tag> <folder>");
    writeRelease(tag, folder);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
