/** Checks the workflow files with actionlint: their syntax, expressions, and the values that they pass to scripts. */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { useTools } from "./support/tools";

const root = join(__dirname, "../..");

describe("workflows", function () {
  this.timeout("30m"); // the tools may have to be built first
  useTools();

  for (const repository of ["gitops-repo", "app-repo", "."]) {
    it(`of ${repository === "." ? "this project" : repository} pass actionlint`, async () => {
      // actionlint looks for workflows at the root of a Git repository.
      const folder = await mkdtemp(join(tmpdir(), "workflows-"));
      try {
        await execa("git", ["init", "--quiet", folder]);
        await cp(join(root, repository, ".github"), join(folder, ".github"), { recursive: true });
        await execa("actionlint", ["-no-color"], { cwd: folder });
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  }
});
