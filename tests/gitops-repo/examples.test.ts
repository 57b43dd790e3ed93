/**
 * The values files that docs/adding-a-service.md shows. tests/integration/chart-workloads.test.ts tests that Helm
 * renders the golden files from them.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { brokenRules } from "@gitops-platform/gitops/validate/broken-rules";
import { exceptionProblems } from "@gitops-platform/gitops/validate/service-rights";
import { movingProblem } from "@gitops-platform/rules/tags";
import { parseRules } from "@gitops-platform/rules/rules";
import { otherImages } from "@gitops-platform/contract/values/image";
import { complaints, EXAMPLES, goldenText, type Manifest } from "./support";

const document = readFileSync(join(__dirname, "../../docs/adding-a-service.md"), "utf8");
const { rules } = parseRules(undefined);

describe("the examples of services", () => {
  it("are all in the document, word for word", () => {
    const blocks = Array.from(document.matchAll(/```yaml\n([^]*?)```/g), ([, text]) => text);
    for (const { name, text } of EXAMPLES) assert.ok(blocks.includes(text), `${name} is not in the document`);
  });

  for (const { name, service, text } of EXAMPLES) {
    describe(name, () => {
      it("passes the chart's schema", () => {
        assert.deepEqual(complaints(parse(text)), []);
      });

      it("renders objects that pass the policies and the limits of its AppProject", () => {
        const manifests = goldenText(`example-${name}`);
        assert.ok(manifests.length > 0);
        assert.deepEqual(brokenRules(manifests, service, { cpuLimit: "optional" }), []);
      });

      it("needs no exception, and pins each image", () => {
        assert.deepEqual(exceptionProblems({ environment: "dev", service }, undefined, text, []), []);
        const moving = otherImages(parse(text)).map(({ image }) => movingProblem(image, rules.tags));
        assert.deepEqual(moving.filter(Boolean), []);
      });
    });
  }

  it("run a migration before the workloads, and after what it needs", () => {
    const wave = ({ metadata }: Manifest) => Number(metadata.annotations?.["argocd.argoproj.io/sync-wave"] ?? 0);
    const waves = objectsOf("migration").map((object) => [object.kind, object.metadata.name, wave(object)]);
    assert.deepEqual(waves, [
      ["Deployment", "orders", 0],
      ["Job", "orders-migrate", -1],
      ["NetworkPolicy", "orders", -2],
      ["NetworkPolicy", "orders-migrate", -2],
      ["PodDisruptionBudget", "orders", 0],
      ["Service", "orders", 0],
      ["ServiceAccount", "orders", -2],
    ]);
  });

  it("keep each workload's pods from the Service and the network policy of another", () => {
    const labels = objectsOf("stateful-set").flatMap(({ kind, spec }) => {
      return kind === "Service"
        ? [(spec as { selector: Record<string, string> }).selector["app.kubernetes.io/name"]]
        : [];
    });
    assert.deepEqual(labels, ["sessions", "sessions-cache"]);
  });
});

function objectsOf(example: string): Manifest[] {
  return parseAllDocuments(goldenText(`example-${example}`)).map((each) => each.toJS() as Manifest);
}
