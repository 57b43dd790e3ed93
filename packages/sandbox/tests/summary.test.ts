import assert from "node:assert/strict";
import { sandboxPaths } from "../paths";
import { summary } from "../summary";
import { somePorts } from "./support";

describe("the summary at the end of npm start", () => {
  const text = summary({
    paths: sandboxPaths("/home/me/platform"),
    ports: somePorts,
    engine: "the local engine",
    seconds: 58.4,
    color: false,
    from: "/home/me/platform",
  });

  it("shows where each environment is", () => {
    assert.match(text, /^The platform is up after 58 s, by the local engine\.$/m);
    assert.match(text, /^ {2}dev +http:\/\/127\.0\.0\.1:20114 +\.sandbox\/dev\/kubeconfig$/m);
    assert.match(text, /^ {2}prod +http:\/\/127\.0\.0\.1:20314 +\.sandbox\/prod\/kubeconfig$/m);
    assert.match(text, /^ {2}repository http:\/\/127\.0\.0\.1:20000\/vaarak\/gitops$/m);
    assert.match(text, /^ {2}alerts {5}\.sandbox\/logs\/alerts\.log$/m);
  });

  it("suggests the commands from dev to production: a developer's, then an approver's", () => {
    const lines = text.split("\n").filter((line) => /^ {4}(\.|npx) /.test(line));
    const who = lines.map((line) => /as\/(\w+)$/.exec(line)?.[1]).filter((login) => login !== undefined);
    assert.deepEqual(who, ["developer", "approver"]);
    assert.ok(lines.indexOf("    npx gitops approve api") > lines.indexOf("    . .sandbox/as/approver"));
  });

  it("shows where the board is", () => {
    assert.match(text, /^ {2}board +http:\/\/127\.0\.0\.1:20001\/$/m);
  });

  it("fits a terminal of 80 columns", () => {
    assert.deepEqual(
      text.split("\n").filter((line) => line.length > 80),
      [],
    );
  });
});
