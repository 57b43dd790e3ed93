import assert from "node:assert/strict";
import { graph } from "@gitops-platform/environments/environments";
import { parseDeclarations } from "../../catalogue/declaration";

/** As on `env/prod`: declarations of different ages. */
const parse = (texts: Readonly<Record<string, string>>, only?: string) =>
  parseDeclarations(new Map(Object.entries(texts).map(([name, text]) => [`services/${name}.yaml`, text])), graph, only);

describe("declarations that are read for one environment", () => {
  const old = {
    web: "team: web\nenvironments: [qa, prod]\n",
    job: "team: web\njoins: web\nenvironments: [dev, staging, prod]\n",
    gone: "team: web\nnamespace: web\nenvironments: [dev]\nretired: [staging]\n",
  };

  it("may be older where they concern others: gone environments, other places of an owner or a namespace", () => {
    const { declarations, problems } = parse(old, "prod");
    assert.deepEqual(problems, []);
    assert.deepEqual(
      declarations.map(({ name, environments, namespace }) => [name, environments, namespace]),
      [
        ["job", ["prod"], "web"],
        ["web", ["prod"], "web"],
      ],
    );
    assert.equal(parse(old).problems.length, 3);
  });

  it("must agree in that one", () => {
    const messages = (texts: Readonly<Record<string, string>>) =>
      parse(texts, "prod").problems.map(({ file = "", message }) => `${file}: ${message}`);
    const stolen = { ...old, gone: "team: web\nnamespace: web\nenvironments: []\nretired: [prod]\n" };
    assert.match(
      messages(stolen).join("\n"),
      /^services\/web\.yaml: .*another namespace than web, which the service gone owns/,
    );
    const left = { ...old, web: "team: web\nenvironments: [dev, staging]\n" };
    assert.match(messages(left).join("\n"), /^services\/job\.yaml: joins: got "web"; expected/);
    assert.match(messages({ web: `${old.web}retired: [prod]\n` }).join("\n"), /^services\/web\.yaml: retired\[0\]: /);
  });
});
