import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { readFiles } from "@gitops-platform/components/repository/content";
import { bundle } from "@gitops-platform/gitops/bundle";
import { NewProject } from "@gitops-platform/test-support/new-project";
import { version } from "../../package.json";

const root = resolve(__dirname, "../..");

describe("the npm package, in a project that pulumi new makes of the template", function () {
  this.timeout(180_000);
  const project = new NewProject();
  before(() => project.make());
  after(() => {
    project.remove();
  });

  const installed = (path: string) => join(project.folder, "node_modules/gitops-platform", path);
  const run = (...args: string[]) =>
    spawnSync(process.execPath, args, { cwd: project.folder, encoding: "utf8", env: { PATH: process.env.PATH } });

  it("is this version, from the release of this version", () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, "templates/typescript/package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    const file = `/download/v${version}/gitops-platform-${version}.tgz`;
    assert.ok(dependencies["gitops-platform"]?.endsWith(file), dependencies["gitops-platform"]);
    assert.equal(run("node_modules/.bin/gitops", "--version").stdout, `${version}\n`);
  });

  it("needs the same versions of packages as the project", () => {
    const { dependencies, devDependencies } = project.manifest;
    const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<string, Record<string, string>>;
    const known = { ...own.devDependencies, ...own.dependencies };
    const others = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([name]) => name !== "gitops-platform",
    );
    assert.ok(others.length > 3);
    for (const [name, range] of others) assert.equal(range, known[name], name);
  });

  it("has the content of a new repository, and the command that it carries", () => {
    assert.deepEqual(readFiles(installed("gitops-repo")), readFiles());
    assert.equal(readFileSync(installed("gitops.mjs"), "utf8"), bundle());
  });

  it("passes the check of types, which finds mistakes", () => {
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const correct = run(tsc);
    assert.equal(correct.stdout, "");
    assert.equal(correct.status, 0);
    const text = 'import { platform } from "gitops-platform";\nexport const branch: Promise<number> = platform();\n';
    project.write("index.ts", text);
    assert.match(run(tsc).stdout, /index\.ts\(2,\d+\): error TS2322: .*PlatformOutputs/);
  });

  it("reports an old Node in one line", () => {
    const old = join(root, "packages/test-support/old-node.js");
    for (const file of ["index.js", "gitops.js"]) {
      const { status, stderr } = spawnSync(process.execPath, ["-r", old, installed(file)], {
        encoding: "utf8",
        env: { ...process.env, OLD_NODE: "20.20.2" },
      });
      assert.match(stderr, /^node: got 20\.20\.2; expected .*\n$/, file);
      assert.equal(status, 1);
    }
  });

  it("has files that name no machine", () => {
    const { status, stdout } = spawnSync("grep", ["-rlF", root, installed(".")], { encoding: "utf8" });
    assert.deepEqual({ status, stdout }, { status: 1, stdout: "" });
  });
});
