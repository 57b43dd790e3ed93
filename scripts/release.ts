import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { GITOPS_PATH } from "@gitops-platform/contract/paths";
import { bundle } from "@gitops-platform/gitops/bundle";
import { version } from "../package.json";
import { pack } from "./package";

// Writes the files of a release into a folder, for the workflow `release`:
// node -r ./scripts/register.js scripts/release.ts <tag> <folder>

const root = join(__dirname, "..");

/**
 * Writes the bundled `gitops`, the npm package, their checksums, and the changelog's section as `notes.md`. The same
 * commit results in the same bytes. Throws if the tag is not this version's, or the changelog has no section for it.
 */
export async function writeRelease(tag: string, folder: string): Promise<void> {
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
  const sums = [bundled, await pack(folder)].map((file) => `${sha256(join(folder, file))}  ${file}\n`);
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

function sha256(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

async function main([tag = "", folder = ""]: readonly string[]): Promise<void> {
  try {
    if (folder === "") throw new Error("usage: release.ts <tag> <folder>");
    await writeRelease(tag, folder);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

if (require.main === module) void main(process.argv.slice(2));
