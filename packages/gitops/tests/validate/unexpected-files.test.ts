import assert from "node:assert/strict";
import { graph } from "@gitops-platform/environments/environments";
import { CONTENT } from "../../../../tests/gitops-repo/support";
import { readFiles } from "@gitops-platform/components/repository/content";
import { candidate } from "../../validate/candidate";
import { unexpectedFiles } from "../../validate/unexpected-files";
import { LocalRepository } from "@gitops-platform/test-support/local-repository";

const change = (path: string, blob: string | undefined = "b") => ({ path, mode: "100644", blob, before: undefined });
const refused = (branch: string, path: string) => unexpectedFiles({ branch, changes: [change(path)], graph });

describe("files that other programs read by their names", () => {
  const read: [path: string, reader: string][] = [
    ["charts/service/.argocd-source.yaml", "Argo CD"],
    ["charts/service/.argocd-source-api.yaml", "Argo CD"],
    ["charts/service/.argocd-allow-concurrency", "Argo CD"],
    ["charts/service/.ARGOCD-Source-api.yaml", "Argo CD"],
    ["charts/service/\u200b.argocd-source.yaml", "Argo CD"],
    ["charts/service/\uff0eargocd-source.yaml", "Argo CD"],
    [".gitattributes", "Git"],
    ["environments/prod/.gitattributes", "Git"],
    [".github/.gitattributes", "Git"],
    ["charts/.GitAttributes. ", "Git"],
    ["charts/.gitattributes:stream", "Git"],
    ["charts\\.gitattributes", "Git"],
    [".gitmodules", "Git"],
    [".gitconfig", "Git"],
    ["charts/git~1/config", "Git"],
    ["charts/.github/x", "Git"],
    [".lfsconfig", "Git LFS"],
    ["charts/service/kustomization.yaml", "Kustomize"],
    ["charts/service/kustomization.yml", "Kustomize"],
    ["charts/shop/Kustomization", "Kustomize"],
    ["charts/.argocd/kustomization.yaml", "Argo CD"],
    ["environments/dev/kustomization.yaml", "Kustomize"],
    ["environments/dev/shop/more/kustomization.yaml", "Kustomize"],
    ["environments/dev/shop/kustomization.yml", "Kustomize"],
    ["charts/service/Kustomization", "Kustomize"],
    ["charts/service/a.jsonnet", "Jsonnet"],
    ["charts/service/a.libsonnet", "Jsonnet"],
    ["charts/service/templates/.helmignore", "Helm"],
    ["charts/.helmignore", "Helm"],
    ["docs/CODEOWNERS", "GitHub"],
    ["CODEOWNERS", "GitHub"],
  ];
  for (const [path, reader] of read) {
    it(`are refused on every branch: ${JSON.stringify(path)}`, () => {
      for (const branch of ["main", "env/prod"]) {
        const [problem, ...others] = refused(branch, path);
        assert.deepEqual([problem?.file, others], [path, []]);
        assert.ok(problem?.message.startsWith(`Got a file that ${reader} reads by its name;`), problem?.message);
      }
    });
  }

  it("may be deleted", () => {
    assert.deepEqual(
      unexpectedFiles({ branch: "main", changes: [{ ...change(".gitattributes"), blob: undefined }], graph }),
      [],
    );
  });
});

describe("an unexpected file that is on the branch already", () => {
  const local = new LocalRepository();
  const nothing = local.commit({});
  after(() => {
    local.remove();
  });
  const there = { ".gitattributes": "* text\n", "charts/service/.argocd-source.yaml": "a: 1\n", "bin/x": "x\n" };
  /** The files that are refused in a change on top of it. */
  const found = async (branch: string, files: Record<string, string | null>, mode?: string) => {
    local.git("checkout", "--quiet", "--force", nothing);
    const base = local.commit(there);
    let head = local.commit(files);
    if (mode !== undefined) {
      local.git("update-index", `--chmod=${mode}`, ".gitattributes");
      local.git("commit", "--quiet", "-m", "Mode");
      head = local.git("rev-parse", "HEAD");
    }
    return unexpectedFiles(await candidate(local.clone, branch, base, head, graph)).map(({ file }) => file);
  };

  for (const branch of ["main", "env/prod"]) {
    it(`does not block another change of ${branch}`, async () => {
      assert.deepEqual(await found(branch, { "README.md": `# ${branch}\n` }), []);
    });

    it(`is refused if a change on ${branch} touches it, and another program reads it`, async () => {
      assert.deepEqual(await found(branch, { ".gitattributes": "* -text\n" }), [".gitattributes"]);
      assert.deepEqual(await found(branch, { "docs/b.md": "b\n" }, "+x"), [".gitattributes"]);
      const moved = { "charts/service/.argocd-source.yaml": null, "charts/service/.argocd-source-api.yaml": "a: 1\n" };
      assert.deepEqual(await found(branch, moved), ["charts/service/.argocd-source-api.yaml"]);
    });

    it(`may be removed from ${branch}`, async () => {
      const gone = Object.fromEntries(Object.keys(there).map((path) => [path, null]));
      assert.deepEqual(await found(branch, gone), []);
    });
  }

  it("may change if no program reads it, because adopted repositories have such files", async () => {
    assert.deepEqual(await found("main", { "bin/x": "y\n" }), []);
    assert.deepEqual(await found("main", { "bin/x": null, "bin/y": "x\n" }), ["bin/y"]);
  });
});

describe("a path on main", () => {
  for (const path of [
    "bin/x",
    "environments/qa/api.yaml",
    "environments/dev/Api.yaml",
    "environments/dev/a/b.yaml",
    "x.yaml",
  ]) {
    it(`is refused if the platform does not read it: ${path}`, () => {
      assert.match(refused("main", path)[0]?.message ?? "", /^Got a path that the platform does not read;/);
    });
  }

  for (const path of [
    "docs/a/b.png",
    "environments/dev/shop/kustomization.yaml",
    "charts/shop/kustomization.yaml",
    "charts/shop/debug/kustomization.yaml",
    "NOTES.md",
    "LICENSE",
    ".gitignore",
    "charts/service/.helmignore",
    "charts/web/a.txt",
  ]) {
    it(`is accepted: ${path}`, () => {
      assert.deepEqual(refused("main", path), []);
    });
  }

  it("is accepted if it is in the first content", () => {
    const changes = readFiles(CONTENT).map(({ path }) => change(path));
    assert.deepEqual(unexpectedFiles({ branch: "main", changes, graph }), []);
  });
});
