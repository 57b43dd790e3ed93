import assert from "node:assert/strict";
import { belongsTo, unitBranch, unitsOf } from "../../release/unit";

describe("a release unit", () => {
  it("is all charts together, or the values of one service", () => {
    const paths = [
      "environments/prod/api.yaml",
      "charts/service/Chart.yaml",
      "charts/service/values.yaml",
      "environments/prod/web.yaml",
    ];
    const branches = unitsOf("prod", paths).map(unitBranch);
    assert.deepEqual(branches, ["release/prod/charts", "release/prod/api", "release/prod/web"]);
  });

  it("includes a service's manifests, or with charts those of all services", () => {
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

  it("includes a service's declaration, and the objects that deliver it in the environment", () => {
    const names = (...paths: string[]) => unitsOf("prod", paths).map(unitBranch);
    assert.deepEqual(names("services/api.yaml", "delivery/prod/api.yaml"), ["release/prod/api"]);
    assert.deepEqual(names("delivery/prod/web.yaml"), ["release/prod/web"]);
    assert.deepEqual(names("charts/service/Chart.yaml", "services/api.yaml"), [
      "release/prod/charts",
      "release/prod/api",
    ]);
    const [api] = unitsOf("prod", ["services/api.yaml"]);
    assert.ok(api);
    const paths = ["services/api.yaml", "delivery/prod/api.yaml", "services/web.yaml", "delivery/dev/api.yaml"];
    assert.deepEqual(
      paths.map((path) => belongsTo(api, path)),
      [true, true, false, false],
    );
  });

  it("includes no files of other environments, of .github, or other files beside the values", () => {
    const paths = [
      "environments/dev/api.yaml",
      "delivery/dev/api.yaml",
      "delivery/prod/README.md",
      "services/README.md",
      ".github/workflows/release.yaml",
      "environments/prod/README.md",
      "README.md",
    ];
    assert.deepEqual(unitsOf("prod", paths), []);
  });

  it("is not a service called charts, which would have the branch of the charts", () => {
    assert.deepEqual(unitsOf("prod", ["environments/prod/charts.yaml"]), []);
  });
});
