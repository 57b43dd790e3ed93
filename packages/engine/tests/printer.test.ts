import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { type Command, type EngineEvent, noCounts } from "../model/events";
import { printer, wantsColor } from "../printer";

function print(command: Command, ...events: EngineEvent[]): { data: string; status: string } {
  let data = "";
  let status = "";
  const report = printer(command, { data: (text) => (data += text), status: (text) => (status += text), color: false });
  for (const event of events) report(event);
  return { data, status };
}

const resource = {
  kind: "resource",
  status: "done",
  urn: "",
  type: "kubernetes:apps/v1:Deployment",
  name: "argocd-server",
  paths: [] as string[],
} as const;

describe("printer", () => {
  it("uses Pulumi's terms and symbols", () => {
    assert.equal(
      print("up", { ...resource, operation: "create" }, { ...resource, operation: "same" }).data,
      " +  kubernetes:apps/v1:Deployment argocd-server created\n",
    );
    assert.equal(print("up", { ...resource, operation: "replace", paths: ["a"] }).data.slice(0, 4), " +- ");
    assert.equal(
      print("preview", { ...resource, operation: "update", paths: ["spec.replicas"] }).data,
      " ~  kubernetes:apps/v1:Deployment argocd-server update\n      ~ spec.replicas\n",
    );
    assert.equal(
      print("up", { ...resource, operation: "delete", retained: true }).data,
      " -  kubernetes:apps/v1:Deployment argocd-server deleted [retain]\n",
    );
    assert.ok(print("up", { ...resource, operation: "create", status: "failed" }).data.endsWith(" failed\n"));
  });

  it("prints a summary like the CLI's, without secrets", () => {
    const counts = { ...noCounts(), create: 2, update: 1, same: 4 };
    const outputs = { url: "http://x", token: "[secret]", later: "[unknown]" };
    const { data } = print("preview", { kind: "summary", command: "preview", counts, outputs, seconds: 0.2 });
    assert.equal(
      data,
      `
Outputs:
    url: "http://x"
    token: [secret]
    later: [unknown]

Resources:
    + 2 to create
    ~ 1 to update
    3 changes. 4 unchanged

Duration: 1s
`,
    );
  });

  it("prints the program's messages to the status stream", () => {
    const { data, status } = print("up", { kind: "log", severity: "warning", message: "old" });
    assert.deepEqual([data, status], ["", "warning: old\n"]);
  });

  it("uses colour only on a terminal without NO_COLOR and CI", () => {
    assert.equal(wantsColor({ isTTY: true }, {}), true);
    assert.equal(wantsColor({}, {}), false);
    assert.equal(wantsColor({ isTTY: true }, { NO_COLOR: "1" }), false);
    assert.equal(wantsColor({ isTTY: true }, { CI: "true" }), false);
  });
});
