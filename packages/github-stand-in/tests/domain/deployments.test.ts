import assert from "node:assert/strict";
import type {
  CheckRunRecord,
  DeploymentRecord,
  DeploymentState,
  DeploymentStatusRecord,
  StatusRecord,
} from "../../store/records";
import { isDeletable, missingContexts, superseded } from "../../domain/deployments";

const deployment = (id: number, states: DeploymentState[], more: Partial<DeploymentRecord> = {}) =>
  ({
    id,
    environment: "dev/api",
    isTransient: false,
    isProduction: false,
    statuses: states.map((state) => ({ state }) as DeploymentStatusRecord),
    ...more,
  }) as DeploymentRecord;

describe("GitHub stand-in: deployments that a newer success makes inactive", () => {
  const newer = deployment(10, ["success"]);
  const table: [what: string, other: DeploymentRecord, isSuperseded: boolean][] = [
    ["an earlier one that succeeded", deployment(1, ["in_progress", "success"]), true],
    ["an earlier one that failed after its success", deployment(1, ["success", "failure"]), false],
    ["an earlier one without a status", deployment(1, []), false],
    ["one of another environment", deployment(1, ["success"], { environment: "dev/web" }), false],
    ["a transient one", deployment(1, ["success"], { isTransient: true }), false],
    ["a production one", deployment(1, ["success"], { isProduction: true }), false],
    ["a later one", deployment(11, ["success"]), false],
    ["itself", newer, false],
  ];
  for (const [what, other, isSuperseded] of table) {
    it(`${what}: ${isSuperseded ? "yes" : "no"}`, () => {
      assert.deepEqual(superseded([other], newer), isSuperseded ? [other] : []);
    });
  }

  it("deletes an active deployment only if it is the only one", () => {
    const [active, failed] = [deployment(1, ["success"]), deployment(2, ["failure"])];
    assert.deepEqual(
      [isDeletable([active], active), isDeletable([active, failed], active), isDeletable([active, failed], failed)],
      [true, false, true],
    );
  });
});

describe("GitHub stand-in: checks that prevent a deployment", () => {
  const statuses = [{ context: "lint", state: "failure", appId: null } as StatusRecord];
  const runs = [
    { name: "validate", status: "completed", conclusion: "success", app: { id: 1 } } as CheckRunRecord,
    { name: "slow", status: "in_progress", app: { id: 1 } } as CheckRunRecord,
  ];
  const table: [required: string[] | null | undefined, missing: Record<string, string>][] = [
    [undefined, { lint: "failing", slow: "in progress" }],
    [null, { lint: "failing", slow: "in progress" }],
    [[], {}],
    [["validate"], {}],
    [["validate", "never"], { never: "expected" }],
  ];
  for (const [required, missing] of table) {
    it(`required: ${required === undefined ? "not set" : JSON.stringify(required)}`, () => {
      const found = missingContexts(required, { statuses, runs });
      assert.deepEqual(Object.fromEntries(found.map(({ context, state }) => [context, state])), missing);
    });
  }

  it("requires nothing if nothing was reported", () => {
    assert.deepEqual(missingContexts(undefined, { statuses: [], runs: [] }), []);
  });
});
