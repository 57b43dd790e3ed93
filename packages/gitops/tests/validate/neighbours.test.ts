import assert from "node:assert/strict";
import { brokenRules } from "../../validate/broken-rules";
import { neighbourProblems } from "../../validate/neighbours";

const named = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name } });
const SERVICES = ["shop", "shop-db", "shops", "cart"];

describe("a service beside others in its namespace", () => {
  for (const name of ["shop-db", "shop-db-config"]) {
    it(`does not name an object ${name}, which is a neighbour's name`, () => {
      const [problem, ...more] = neighbourProblems(named(name), "shop", SERVICES);
      assert.equal(
        problem,
        `metadata.name: got "${name}", a name of the service shop-db of the same namespace; expected another. ` +
          "Rename it, or the service in services/shop-db.yaml.",
      );
      assert.deepEqual(more, []);
    });
  }

  it("keeps its own names, also those that are longer or shorter than a neighbour's", () => {
    for (const name of ["shop", "shop-d", "shop-dba", "shop-worker"]) {
      assert.deepEqual(neighbourProblems(named(name), "shop", SERVICES), []);
    }
    assert.deepEqual(neighbourProblems(named("shop-db"), "shop-db", SERVICES), []);
    assert.deepEqual(neighbourProblems(named("shop-db"), "shop", ["shop"]), []);
  });

  it("neither scales a neighbour's workload nor writes its Secret", () => {
    const keys = (spec: object) =>
      neighbourProblems({ ...named("shop"), spec }, "shop", SERVICES).map((problem) => problem.split(":")[0]);
    assert.deepEqual(keys({ scaleTargetRef: { kind: "Deployment", name: "shop-db" } }), ["spec.scaleTargetRef.name"]);
    assert.deepEqual(keys({ target: { name: "shop-db-password" } }), ["spec.target.name"]);
    assert.deepEqual(keys({ target: { name: "shop-password" } }), []);
  });

  it("neither binds a neighbour's role nor gives its accounts rights", () => {
    const object = {
      ...named("shop"),
      roleRef: { kind: "Role", name: "shop-db" },
      subjects: [
        { kind: "ServiceAccount", name: "shop" },
        { kind: "ServiceAccount", name: "shop-db-backup" },
      ],
    };
    const keys = neighbourProblems(object, "shop", SERVICES).map((problem) => problem.split(":")[0]);
    assert.deepEqual(keys, ["roleRef.name", "subjects[1].name"]);
  });

  it("is judged by what it renders", () => {
    const rendered = JSON.stringify(named("shop-db"));
    const found = (services: readonly string[]) =>
      brokenRules(rendered, "shop", { cpuLimit: "optional", services }).map(({ message }) => message);
    assert.match(
      found(SERVICES).join(),
      /^ConfigMap shop-db: metadata\.name: got "shop-db", a name of the service shop-db/,
    );
    assert.deepEqual(found([]), []);
  });
});
