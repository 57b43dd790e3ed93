import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { environmentsFile } from "@gitops-platform/components/repository/written-files";
import { GITOPS_PATH } from "@gitops-platform/contract/paths";
import { bundle } from "../bundle";
import { version } from "../../../package.json";
import { TWO_PRODUCTIONS } from "@gitops-platform/test-support/graphs";

// Tests that the file can be stored and run in the GitOps repository. The commands have their own tests.

describe("the bundle of gitops", () => {
  const root = join(__dirname, "../../..");
  const text = bundle();

  it("is small enough for GitHub's contents API, which returns at most 1 MB", () => {
    assert.ok(Buffer.byteLength(text) < 1_000_000, `${Buffer.byteLength(text)} bytes`);
  });

  it("is the same from any folder, and contains no path of this machine", () => {
    const from = process.cwd();
    try {
      process.chdir(tmpdir());
      assert.equal(bundle(), text);
    } finally {
      process.chdir(from);
    }
    for (const path of [root, realpathSync(join(root, "node_modules"))]) assert.ok(!text.includes(path), path);
    // One dependency searches for programs in node_modules/.bin. Any other mention would be the path of a file.
    assert.doesNotMatch(text, /node_modules\/(?!\.bin)/);
  });

  it("is the same if the program that makes it is bundled itself, as `npx gitops` is", () => {
    const program = 'void require("./scripts/bundle.js").runBundled("packages/gitops/tests/print-bundle.js")';
    const options = { cwd: root, encoding: "utf8", maxBuffer: 10_000_000 } as const;
    // Without a diff of two files of this size.
    assert.ok(execFileSync(process.execPath, ["-e", program], options) === text);
  });

  it("contains rules of the policy pack, but not Pulumi", () => {
    assert.ok(text.includes("expected no secret in plain text"));
    for (const name of ["@pulumi/", "pulumi/sdk", "grpc-js"]) assert.ok(!text.includes(name), name);
  });

  it("does not contain the Kubernetes client and the plots", () => {
    for (const name of ["clientCertificateData", "watch=true", "Change-failure rate"])
      assert.ok(!text.includes(name), name);
  });

  it("reads the environments from the file in its folder, and fails without it", () => {
    const folder = mkdtempSync(join(tmpdir(), "gitops-platform-"));
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [join(folder, "gitops.mjs"), ...args], { env: {}, encoding: "utf8" }).stderr;
    try {
      writeFileSync(join(folder, "gitops.mjs"), text);
      assert.match(
        run("promote", "api", "--from", "dev"),
        /^environments\.yaml: got nothing beside gitops\.mjs; expected /,
      );
      writeFileSync(join(folder, "environments.yaml"), environmentsFile(TWO_PRODUCTIONS.environments).text);
      const stderr = run("promote", "api", "--from", "prod", "--to", "prod-eu", "--timeout", "no");
      assert.match(
        stderr,
        /^from: got prod; .* A version goes dev, then staging, then prod, or dev, then staging, then prod-eu: /m,
      );
      assert.match(
        run("rollback", "api", "--env", "prod-us", "--reason", "x"),
        /expected one of dev, staging, prod, prod-eu\./,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("runs without installed packages, and prints its version", () => {
    const folder = mkdtempSync(join(tmpdir(), "gitops-platform-"));
    try {
      const file = basename(GITOPS_PATH);
      writeFileSync(join(folder, file), text);
      const said = execFileSync(process.execPath, [file, "--version"], { cwd: folder, env: {}, encoding: "utf8" });
      assert.equal(said, `${version}\n`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
