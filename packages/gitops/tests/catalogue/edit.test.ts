import assert from "node:assert/strict";
import { graph } from "@gitops-platform/environments/environments";
import { parseDeclarations } from "../../catalogue/declaration";
import { declarationText, withEnvironments, withNamespace } from "@gitops-platform/contract/declaration-text";

const read = (text: string, name = "shop") => parseDeclarations(new Map([[`services/${name}.yaml`, text]]), graph);

describe("a new declaration", () => {
  const order = { team: "payments", groups: [], environments: ["dev", "prod"] };

  it("is short, and reads as it was ordered", () => {
    const text = declarationText(order);
    assert.equal(text, "$schema: ../service.schema.json\nteam: payments\nenvironments: [dev, prod]\n");
    const { declarations, problems } = read(text);
    assert.deepEqual(problems, []);
    assert.deepEqual(declarations, [
      { name: "shop", team: "payments", groups: [], namespace: "shop", environments: ["dev", "prod"], retired: [] },
    ]);
  });

  it("quotes what YAML could read as something else", () => {
    const groups = ["a [b]", "x: y", "- z", "org:team", "{c}"];
    for (const team of ["on", "no", "1e3", "007", "null", "0x1f", "y"]) {
      const text = declarationText({ ...order, team, groups, namespace: "1" });
      const { declarations, problems } = read(text);
      assert.deepEqual(problems, [], text);
      assert.deepEqual(
        [declarations[0]?.team, declarations[0]?.groups, declarations[0]?.namespace],
        [team, groups, "1"],
      );
    }
  });
});

describe("an edited declaration", () => {
  const text = "# Ask payments first.\nteam: payments # theirs\n\nenvironments:\n  - dev # one\n  - prod\n";

  it("gets other lists, and keeps comments", () => {
    const edited = withEnvironments(text, { environments: ["dev"], retired: ["prod"] });
    assert.equal(edited, "# Ask payments first.\nteam: payments # theirs\n\nenvironments: [dev]\nretired: [prod]\n");
    assert.equal(
      withEnvironments(edited, { environments: ["dev"], retired: [] }),
      "# Ask payments first.\nteam: payments # theirs\n\nenvironments: [dev]\n",
    );
    assert.deepEqual(read(withEnvironments(edited, { environments: [], retired: ["dev", "prod"] })).problems, []);
  });

  it("gets another namespace", () => {
    const edited = withNamespace("team: payments\nenvironments: [dev]\n", "store");
    assert.equal(edited, "team: payments\nnamespace: store\nenvironments: [dev]\n");
    assert.equal(withNamespace(edited, "depot"), "team: payments\nnamespace: depot\nenvironments: [dev]\n");
  });
});
