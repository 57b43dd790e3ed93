import assert from "node:assert/strict";
import { belongsTo, unitBranch, unitsOf } from "../../release/unit";

describe("what is released by itself", () => {
  it("is the charts, first and as one, and each service's values", () => {
    const paths = [
      "environments/prod/api.yaml",
      "charts/service/Chart.yaml",
      "charts/service/values.yaml",
      "environments/prod/web.yaml",
    ];
    const branches = unitsOf("prod", paths).map(unitBranch);
    assert.deepEqual(branches, ["release/prod/charts", "release/prod/api", "release/prod/web"]);
  });

  it("is one service with its manifests, and charts with everybody's", () => {
    const manifests = ["manifests/api/manifests.yaml", "manifests/web/manifests.yaml"];
    const names = (...paths: string[]) => unitsOf("prod", paths).map(unitBranch);
    assert.deepEqual(names("environments/prod/api.yaml", "manifests/api/manifests.yaml"), ["release/prod/api"]);
    assert.deepEqual(names("manifests/web/manifests.yaml"), ["release/prod/web"]);
    assert.deepEqual(names("charts/service/Chart.yaml", ...manifests), ["release/prod/charts"]);
    const [charts, api] = unitsOf("prod", ["charts/service/Chart.yaml", "environments/prod/api.yaml"]);
    assert.ok(charts && api);
    assert.deepEqual(
      manifests.map((path) => [belongsTo(charts, path), belongsTo(api, path)]),
      [
        [true, true],
        [true, false],
      ],
    );
  });

  it("is nothing of another environment, of .github, or beside the values", () => {
    const paths = [
      "environments/dev/api.yaml",
      ".github/workflows/release.yaml",
      "environments/prod/README.md",
      "README.md",
    ];
    assert.deepEqual(unitsOf("prod", paths), []);
  });

  it("is no service called charts, whose branch would be that of the charts", () => {
    assert.deepEqual(unitsOf("prod", ["environments/prod/charts.yaml"]), []);
  });
});
