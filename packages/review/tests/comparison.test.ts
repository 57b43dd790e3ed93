import assert from "node:assert/strict";
import { differences } from "../comparison";
import { environment, resource } from "./sample";

describe("differences between environments", () => {
  it("include every value that differs in any environment, with missing resources last", () => {
    const dev = environment("dev", {
      resources: [resource("dev", "only"), resource("dev", "api", { spec: { replicas: 1, same: true, list: [1] } })],
    });
    const prod = environment("prod", {
      resources: [{ ...resource("prod", "api", { spec: { replicas: 3, same: true, list: [1, 2] } }), protect: true }],
    });
    assert.deepEqual(differences([dev, prod]), [
      { resource: "Application api", path: "protect", values: { dev: false, prod: true } },
      { resource: "Application api", path: "spec.replicas", values: { dev: 1, prod: 3 } },
      { resource: "Application api", path: "spec.list[1]", values: { dev: undefined, prod: 2 } },
      { resource: "Application only", path: "", values: { dev: true, prod: undefined } },
    ]);
  });

  it("do not include the environment's name or computed values", () => {
    const of = (name: string) =>
      environment(name, {
        resources: [
          resource(name, `${name}-api`, {
            project: `${name}-api`,
            file: `/environments/${name}/api.yaml`,
            annotations: { "gitops-platform/settings-checksum": name.repeat(2) },
          }),
        ],
      });
    assert.deepEqual(differences([of("dev"), of("prod")]), []);
    const device = environment("prod", { resources: [resource("prod", "api", { path: "/device" })] });
    assert.equal(
      differences([environment("dev", { resources: [resource("dev", "api", { path: "/device" })] }), device]).length,
      0,
    );
  });

  it("identify the items of a list by name if each has one", () => {
    const env = (...names: string[]) => ({ env: names.map((name) => ({ name, value: `of ${name}` })) });
    const dev = environment("dev", { resources: [resource("dev", "api", env("A", "B"))] });
    const prod = environment("prod", { resources: [resource("prod", "api", env("new", "A", "B"))] });
    assert.deepEqual(
      differences([dev, prod]).map(({ path }) => path),
      ["env[new].name", "env[new].value"],
    );
  });
});
