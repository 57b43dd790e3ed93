import assert from "node:assert/strict";
import { CONTENT } from "../../gitops-repo/support";
import { readFiles } from "../../../components/repository/content";
import { unexpectedFiles } from "../../../gitops/validate/unexpected-files";

const change = (path: string, blob: string | undefined = "b") => ({ path, mode: "100644", blob, before: undefined });
const refused = (branch: string, path: string) => unexpectedFiles({ branch, changes: [change(path)] });

describe("files that only Argo CD, Git or GitHub read", () => {
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
      unexpectedFiles({ branch: "main", changes: [{ ...change(".gitattributes"), blob: undefined }] }),
      [],
    );
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
    it(`is refused where the platform has no use for it: ${path}`, () => {
      assert.match(refused("main", path)[0]?.message ?? "", /^Got a path that the platform does not read;/);
    });
  }

  for (const path of [
    "docs/a/b.png",
    "NOTES.md",
    "LICENSE",
    ".gitignore",
    "charts/service/.helmignore",
    "charts/web/a.txt",
  ]) {
    it(`is taken: ${path}`, () => {
      assert.deepEqual(refused("main", path), []);
    });
  }

  it("is taken where the first content has it", () => {
    const changes = readFiles(CONTENT).map(({ path }) => change(path));
    assert.deepEqual(unexpectedFiles({ branch: "main", changes }), []);
  });
});
