import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { requireSpace } from "../../tools/disk-space";
import { describeProgress } from "../../tools/progress";
import { goBuildName, planBuild, programName, requiredVersion } from "../../tools/plan";
import { goMod, writeModule } from "./module";

describe("the plan of the tools' build", () => {
  let folder: string;
  const xdg = process.env.XDG_CACHE_HOME;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "plan-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    if (xdg === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = xdg;
  });

  it("is derived from go.mod", () => {
    const plan = planBuild({ module: writeModule(folder), cache: "/cache" });
    assert.equal(plan.toolchain, "go1.27.1");
    assert.equal(plan.modules, 2);
    assert.deepEqual(plan.programs.map(programName), ["argocd", "etcd", "helm"]);
    assert.deepEqual(plan.programs.map(goBuildName), ["cmd", "server", "helm"]);
    assert.deepEqual(plan.flags, [
      "-trimpath",
      "-ldflags",
      "-s -w -X k8s.io/component-base/version.gitVersion=v1.37.2" +
        " -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=37",
    ]);
    assert.match(plan.folder, /^\/cache\/gitops-platform\/tools-[0-9a-f]{16}$/);
  });

  it("has another folder if any input of the build changes", () => {
    const module = writeModule(folder);
    const of = () => planBuild({ module, cache: "/cache" }).folder;
    const folders = [of()];
    assert.equal(of(), folders[0]);
    for (const file of ["go.mod", "go.sum", "redis/main.go"]) {
      appendFileSync(join(module, file), "// changed\n");
      folders.push(of());
    }
    assert.equal(new Set(folders).size, 4);
  });

  it("has eleven programs for the project's own module", () => {
    const { programs } = planBuild();
    const expected =
      "actionlint argocd etcd helm kube-apiserver kube-controller-manager kube-scheduler kubectl kustomize kwok " +
      "metrics-server redis";
    assert.deepEqual(programs.map(programName).sort(), expected.split(" "));
    const mod = readFileSync(join(planBuild().module, "go.mod"), "utf8");
    assert.match(requiredVersion(mod, "k8s.io/kubernetes"), /^v1\.\d+\.\d+$/);
  });

  it("uses $XDG_CACHE_HOME if it is an absolute path, else ~/.cache", () => {
    const module = writeModule(folder);
    process.env.XDG_CACHE_HOME = "/xdg";
    assert.ok(planBuild({ module }).folder.startsWith("/xdg/gitops-platform/"));
    for (const value of ["", "relative"]) {
      process.env.XDG_CACHE_HOME = value;
      assert.ok(planBuild({ module }).folder.startsWith(join(homedir(), ".cache/gitops-platform/")));
    }
  });

  it("reports which line is missing in go.mod", () => {
    const module = writeModule(folder, goMod.replace("go 1.27.1", ""));
    assert.throws(() => planBuild({ module }), /^Error: packages\/sandbox\/tools\/go\.mod: no line "go"/);
    assert.equal(requiredVersion(goMod, "k8s.io/kubernetes"), "v1.37.2");
  });

  it("rejects a disk with too little space before the build", async () => {
    await requireSpace(join(folder, "not", "there"), folder, 0);
    await assert.rejects(
      requireSpace(folder, folder, 1e9),
      /^Error: disk of .*: got \d+\.\d GB free; expected 1265824\.\d GB for building the tools\. Free some space/,
    );
  });

  it("describes progress in one line", () => {
    const progress = { program: "k8s.io/api", done: 7, total: 9, elapsedSeconds: 61.9 };
    assert.equal(describeProgress({ ...progress, phase: "compiling" }), "[1:01] compiling package 7 of 9: k8s.io/api");
    assert.equal(
      describeProgress({ ...progress, phase: "downloading" }),
      "[1:01] downloading module 7 of at most 9: k8s.io/api",
    );
    assert.equal(describeProgress({ ...progress, phase: "waiting" }), "[1:01] waiting for k8s.io/api");
  });
});
