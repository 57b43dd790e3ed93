import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import { readImage } from "@gitops-platform/contract/values/image";
import { graph } from "@gitops-platform/environments/environments";
import { parsePinnedImage, PUBLIC_IMAGE } from "@gitops-platform/environments/settings/seed";
import { TWO_PRODUCTIONS } from "@gitops-platform/test-support/graphs";
import {
  firstCatalogue,
  firstContent,
  firstManifests,
  templateManifests,
  readFiles,
  workflowsLast,
  withChoices,
} from "@gitops-platform/components/repository/content";

/** A workflow's inputs for people. */
type Inputs = Record<string, { readonly default?: string; readonly options?: readonly string[] }>;

describe("the first content", () => {
  const files = [
    { path: "README.md", text: "ghcr.io/vaarak/api is an example\n" },
    {
      path: "environments/dev/api.yaml",
      text: "# The API service in dev.\nimage:\n  repository: ghcr.io/vaarak/api\n",
    },
  ];
  const make = (owner: string, ...names: string[]) => firstContent(files, { owner, services: names }, graph);

  it("equals the project's own files for the owner vaarak and the service api", () => {
    assert.deepEqual(make("vaarak", "api"), files);
  });

  it("has values for each service, with the owner's images in lower case", () => {
    assert.deepEqual(make("Acme", "web", "mail").slice(1), [
      {
        path: "environments/dev/web.yaml",
        text: "# The web service in dev.\nimage:\n  repository: ghcr.io/acme/web\n",
      },
      {
        path: "environments/dev/mail.yaml",
        text: "# The mail service in dev.\nimage:\n  repository: ghcr.io/acme/mail\n",
      },
    ]);
  });

  it("has an image that exists instead, with its digest", () => {
    const image = parsePinnedImage(PUBLIC_IMAGE);
    assert.ok(image);
    const options = { owner: "acme", services: ["hello"], image };
    const values = firstContent(readFiles(), options, graph).filter(({ path }) =>
      /^environments\/\w+\/hello/.test(path),
    );
    assert.equal(values.length, graph.names.length);
    for (const { path, text } of values) {
      const template = readFiles().find((file) => file.path === path.replace("hello", "api"));
      const expected: object = { ...(parse(template?.text ?? "") as object), image };
      assert.deepEqual(parse(text), expected);
      assert.match(text, /^# The hello service in /);
      assert.deepEqual(readImage(text, path), image);
    }
    const [manifests] = firstManifests("prod", options);
    assert.match(manifests?.text ?? "", new RegExp(`^ +- image: ${image.repository}@${image.digest}$`, "m"));
    assert.doesNotMatch(manifests?.text ?? "", /vaarak|sha-a1b2c3d/);
  });

  it("leaves every other file unchanged", () => {
    assert.deepEqual(make("acme", "web")[0], files[0]);
  });

  it("includes every file of a folder, also hidden ones, sorted by path", () => {
    const folder = mkdtempSync(join(tmpdir(), "gitops-platform-"));
    mkdirSync(join(folder, ".github/workflows"), { recursive: true });
    for (const path of ["b.md", ".github/workflows/ci.yaml", ".hidden"]) writeFileSync(join(folder, path), path);
    assert.deepEqual(readFiles(folder), [
      { path: ".github/workflows/ci.yaml", text: ".github/workflows/ci.yaml" },
      { path: ".hidden", text: ".hidden" },
      { path: "b.md", text: "b.md" },
    ]);
    rmSync(folder, { recursive: true });
  });

  it("has manifests of each service for an approval branch, with its name and image", () => {
    const [api, on, ...more] = firstManifests("prod", { owner: "Vaarak", services: ["api", "on"] });
    assert.deepEqual([api?.path, on?.path, more], ["manifests/api/manifests.yaml", "manifests/on/manifests.yaml", []]);
    assert.equal(api?.text, readFileSync(templateManifests("prod"), "utf8"));
    assert.match(on?.text ?? "", /^ +- image: ghcr\.io\/vaarak\/on:sha-a1b2c3d$/m);
    // YAML 1.1 reads this word as a boolean; it must stay a string.
    assert.match(on?.text ?? "", /^ {2}name: "on"$/m);
    assert.equal(/\bapi\b/.test(on?.text.replace(/apiVersion/g, "") ?? ""), false);
  });

  it("has no values and manifests for an environment without a template, which get them by pull requests", () => {
    const options = { owner: "vaarak", services: ["api"] };
    const paths = firstContent(readFiles(), options, TWO_PRODUCTIONS).map(({ path }) => path);
    assert.ok(paths.includes("environments/prod/api.yaml"));
    assert.equal(paths.includes("environments/prod-eu/api.yaml"), false);
    assert.deepEqual(firstManifests("prod-eu", options), []);
  });

  it("has no values for an environment that is not declared", () => {
    const one = new EnvironmentGraph([{ name: "dev", stage: "development", waitsForApproval: false }]);
    const content = firstContent(readFiles(), { owner: "vaarak", services: ["api"] }, one);
    const values = content.map(({ path }) => path).filter((path) => path.startsWith("environments/"));
    assert.deepEqual(values, ["environments/dev/api.yaml"]);
  });

  it("offers the environments in workflows", () => {
    const workflow = (name: string, graph: EnvironmentGraph) => {
      const content = firstContent(readFiles(), { owner: "vaarak", services: [] }, graph);
      return content.find(({ path }) => path === `.github/workflows/${name}.yaml`)?.text ?? "";
    };
    const choices = (name: string, graph: EnvironmentGraph) =>
      [...workflow(name, graph).matchAll(/^ *options: \[(.*)\]/gm)].map(([, list]) => list);
    assert.deepEqual(choices("promote", TWO_PRODUCTIONS), ["dev, staging", "every next one, staging, prod, prod-eu"]);
    assert.deepEqual(choices("rollback", TWO_PRODUCTIONS), ["dev, staging, prod, prod-eu"]);
    assert.deepEqual(choices("break-glass", TWO_PRODUCTIONS), ["prod, prod-eu"]);
    // The files here are those of the declared environments.
    const files = new Map(readFiles().map(({ path, text }) => [path, text]));
    for (const name of ["promote", "rollback", "break-glass"]) {
      assert.equal(workflow(name, graph), files.get(`.github/workflows/${name}.yaml`));
    }
  });

  it("offers at least one choice in workflows for all environments, and defaults to one of them", () => {
    const entry = { name: "dev", stage: "development" as const, waitsForApproval: false };
    const live = { name: "live", stage: "production" as const, promotesFrom: "dev", waitsForApproval: true };
    for (const nodes of [[entry], [entry, live]]) {
      const content = firstContent(readFiles(), { owner: "vaarak", services: [] }, new EnvironmentGraph(nodes));
      const inputs = content
        .filter(({ path }) => path.startsWith(".github/workflows/"))
        .map(({ path, text }) => [path, parse(text) as { on: { workflow_dispatch?: { inputs?: Inputs } } }] as const)
        .flatMap(([path, { on }]) =>
          Object.values(on.workflow_dispatch?.inputs ?? {}).map((input) => ({ path, input })),
        );
      const choices = inputs.filter(({ input }) => input.options !== undefined);
      assert.ok(choices.length >= 4);
      for (const { path, input } of choices) {
        assert.ok(input.options?.[0] !== undefined, path);
        assert.ok(input.default === undefined || input.options.includes(input.default), path);
      }
    }
  });

  it("declares no service where it has values of no environment", () => {
    const policy = { repositoryUrl: "https://github.com/vaarak/gitops.git", environments: [] };
    const pathsFor = (name: string) => {
      const graph = new EnvironmentGraph([{ name, stage: "development", waitsForApproval: false }]);
      return firstCatalogue({ services: ["api"], team: "platform" }, graph, policy).main.map(({ path }) => path);
    };
    assert.deepEqual(pathsFor("dev"), ["services/api.yaml"]);
    assert.deepEqual(pathsFor("test"), []);
  });

  it("refuses a workflow with unknown choices", () => {
    assert.throws(
      () => withChoices("  options: [a] # clusters\n", graph),
      /^Error: options: got the comment clusters; expected one of /,
    );
  });

  it("has every workflow, and writes them after the files whose pushes would start them", () => {
    const paths = workflowsLast(readFiles()).map(({ path }) => path);
    const changes = ["bump", "land", "promote-automatically", "promote", "release", "rollback", "break-glass"];
    const names = [...changes, "four-eyes", "review", "validate"];
    assert.deepEqual(paths.slice(-names.length), names.map((name) => `.github/workflows/${name}.yaml`).sort());
    assert.deepEqual(
      paths.slice().sort(),
      readFiles()
        .map(({ path }) => path)
        .sort(),
    );
  });

  it("has an image to replace in every environment's values", () => {
    for (const environment of ["dev", "staging", "prod"]) {
      const file = readFiles().find(({ path }) => path === `environments/${environment}/api.yaml`);
      assert.match(file?.text ?? "", /^ +repository: ghcr\.io\/vaarak\/api$/m);
    }
  });
});
