import assert from "node:assert/strict";
import { graph } from "@gitops-platform/environments/environments";
import type { Change } from "../../git/file-history";
import { environmentBranch } from "../../validate/environment-branch";
import { links } from "../../validate/unexpected-files";

const change = (path: string, mode = "100644"): Change => ({ path, mode, blob: "b", before: undefined });
const problems = (branch: string, ...paths: string[]) =>
  environmentBranch({ branch, changes: paths.map((path) => change(path)), graph }).map(({ file }) => file);

describe("a change of an environment's branch", () => {
  it("may contain its services' files, declarations, charts, CODEOWNERS, the workflow Review and the README", () => {
    const paths = [
      "environments/prod/api.yaml",
      "environments/prod/api/kustomization.yaml",
      ...["services/api.yaml", "delivery/prod/api.yaml", "delivery/prod/README.md"],
      "manifests/api/manifests.yaml",
      "charts/service/Chart.yaml",
      ".github/workflows/review.yaml",
      "README.md",
    ];
    assert.deepEqual(problems("env/prod", ...paths), []);
  });

  it("may contain no other files, such as another environment's values or similar paths", () => {
    const paths = [
      ...["environments/staging/api.yaml", "environments/production/api.yaml", "chartsx/a", "docs/README.md"],
      ...["environments/prod/api.yml", "environments/prod/a/b.yaml", "environments/prod/Api.yaml", ".gitattributes"],
      ...["manifests/api/other.yaml", "manifests/api/.argocd-source.yaml", "manifests/a/b/manifests.yaml"],
      ...["services/README.md", "services/a/b.yaml", "services/catalogue.yaml", "delivery/dev/api.yaml"],
      ...["delivery/prod/kustomization.yml", "delivery/prod/a/b.yaml", "delivery/prod/Chart.yaml", "delivery/api.yaml"],
      ...["delivery/prod/catalogue.yaml", "delivery/dev/README.md", "delivery/prod/readme.md", "delivery/prod/api.yml"],
      ...["manifests/manifests.yaml", "manifests/charts/manifests.yaml", "kustomization.yaml"],
      ...[".github/workflows/other.yaml", ".github/gitops/gitops.mjs"],
    ];
    assert.deepEqual(problems("env/prod", ...paths), paths);
  });

  it("may remove any file", () => {
    const changes = [{ ...change("docs/old.md"), mode: undefined, blob: undefined }];
    assert.deepEqual(environmentBranch({ branch: "env/prod", changes, graph }), []);
  });

  it("may contain CODEOWNERS only without other files", () => {
    const owners = ".github/CODEOWNERS";
    assert.deepEqual(problems("env/prod", owners), []);
    assert.deepEqual(problems("env/prod", owners, "environments/prod/api.yaml"), [owners]);
  });

  it("may contain any of them on main", () => {
    assert.deepEqual(problems("main", ".github/CODEOWNERS", "anything"), []);
  });
});

describe("links in a change", () => {
  it("are refused if they are symbolic links or submodules, unlike executable files", () => {
    const changes = [change("a", "120000"), change("b", "160000"), change("c", "100755"), change("d")];
    const found = links({ changes } as unknown as Parameters<typeof links>[0]);
    assert.deepEqual(
      found.map(({ file, message }) => [file, message.split(";")[0]]),
      [
        ["a", "Got a symbolic link"],
        ["b", "Got a submodule"],
      ],
    );
  });
});
