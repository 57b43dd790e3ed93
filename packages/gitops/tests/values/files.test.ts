import assert from "node:assert/strict";
import { parseValuesPath } from "@gitops-platform/contract/paths";
import { checkNames } from "../../values/files";

describe("names of services and environments", () => {
  it("are those that settings accept", () => {
    checkNames({ service: "web-2", env: "dev" });
    assert.throws(
      () => {
        checkNames({ service: "Web", env: "qa" });
      },
      (error: Error) => {
        assert.match(
          error.message,
          /^service: got "Web"; expected a service's name.*\nenv: got "qa"; expected one of dev/,
        );
        return true;
      },
    );
  });

  it("exclude charts, which is the name of the release unit for the charts", () => {
    assert.throws(() => {
      checkNames({ service: "charts" });
    }, /^Failure: service: got "charts"; expected another name/);
    assert.equal(parseValuesPath("environments/prod/charts.yaml"), undefined);
  });

  it("contain no line end, which other programs would read as two names", () => {
    assert.deepEqual(parseValuesPath("environments/prod/api.yaml"), { environment: "prod", service: "api" });
    assert.equal(parseValuesPath("environments/prod/a\nb.yaml"), undefined);
  });
});
