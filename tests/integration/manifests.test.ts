/** The manifests on `env/<name>` with the real Helm: reading, writing, and the first ones of a new repository. */
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import fc from "fast-check";
import {
  firstContent,
  firstManifests,
  templateManifests,
  readFiles,
} from "@gitops-platform/components/repository/content";
import { manifestsPath, SERVICE_CHART } from "@gitops-platform/contract/paths";
import { approvedEnvironments, graph } from "@gitops-platform/environments/environments";
import { parsePinnedImage, type PinnedImage, PUBLIC_IMAGE } from "@gitops-platform/environments/settings/seed";
import { type Json, type Manifest, writeManifests } from "@gitops-platform/contract/canonical";
import { renderCheckout } from "@gitops-platform/gitops/chart/revision";
import { readObjects, renderChart, type Rendered } from "@gitops-platform/gitops/chart/helm";
import { useTools } from "./support/tools";
import { LocalRepository } from "@gitops-platform/test-support/local-repository";
import { CONTENT } from "../gitops-repo/support";
import { manifest, TRAPS } from "@gitops-platform/gitops/tests/chart/manifests";

const PROD = "environments/prod/api.yaml";
const root = join(__dirname, "../..");

describe("the manifests of an environment that waits for approval", function () {
  this.timeout("30m"); // the tools may have to be built first
  let folder: string;
  useTools();
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "manifests-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  const write = (file: string, text: string) => {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  /** Helm's reading of a values file. */
  const asValues = async (text: string): Promise<unknown> => {
    write("echo/Chart.yaml", "apiVersion: v2\nname: echo\nversion: 0.0.0\n");
    write("echo/templates/values.yaml", "values: {{ .Values | toJson | b64enc }}\n");
    write("values.yaml", text);
    const { stdout } = await execa("helm", ["template", "echo", "./echo", "--values", "values.yaml"], { cwd: folder });
    const [, encoded = ""] = /^values: (\S+)$/m.exec(stdout) ?? [];
    return JSON.parse(Buffer.from(encoded, "base64").toString());
  };

  describe("read by Helm", () => {
    it("equal the written objects, both as manifests and as values", async () => {
      const some = fc.array(manifest, { minLength: 1, maxLength: 40 });
      await fc.assert(
        fc.asyncProperty(some, async (manifests) => {
          assert.deepEqual(plain(await readObjects(writeManifests(manifests))), plain(manifests));
        }),
        { numRuns: 20 },
      );
      await fc.assert(
        fc.asyncProperty(fc.array(withoutNull, { minLength: 1, maxLength: 40 }), async (objects) => {
          const values = { apiVersion: "v1", kind: "T", objects };
          assert.deepEqual(await asValues(writeManifests([values])), plain(values));
        }),
        { numRuns: 20 },
      );
    });

    it("keep every text that YAML could misread, as a value and as a key", async () => {
      const traps = TRAPS.map((trap): Manifest => ({ apiVersion: "v1", kind: "T", a: trap, b: { [trap]: [trap] } }));
      assert.deepEqual(plain(await readObjects(writeManifests(traps))), plain(traps));
    });

    it("follow the rules of Helm's parser for merge keys, booleans and octal and sexagesimal numbers", async () => {
      const text = [
        "# Source: a\napiVersion: v1\nkind: A\nbase: &base {a: 1, b: on}\nmerged: {<<: *base, a: 012}\n" +
          "time: 1:30\nday: 2020-01-01\n",
        "# nothing but a comment\n",
        "apiVersion: v1\nkind: B\ntext: |\n  a\n  --- b\n",
      ].join("---\n");
      assert.deepEqual(plain(await readObjects(text)), [
        {
          apiVersion: "v1",
          kind: "A",
          base: { a: 1, b: true },
          merged: { a: 10, b: true },
          time: "1:30",
          day: "2020-01-01",
        },
        { apiVersion: "v1", kind: "B", text: "a\n--- b\n" },
      ]);
    });

    const refused: [what: string, text: string, said: RegExp][] = [
      ["duplicate keys", "apiVersion: v1\nkind: A\nkind: B\n", /Map keys must be unique/],
      ["a list", "- apiVersion: v1\n", /cannot unmarshal array/],
      ["a list of items", "apiVersion: v1\nkind: Service\nitems: []\n", /got a list of items; expected each object/],
      [
        "an object without a kind",
        "apiVersion: v1\na: 1\n",
        /got an object with the keys a, apiVersion; expected apiVersion and kind/,
      ],
      ["a value that JSON does not have", "apiVersion: v1\nkind: A\na: .nan\n", /unsupported value: NaN/],
    ];
    for (const [what, text, said] of refused) {
      it(`are refused if they contain ${what}`, async () => {
        await assert.rejects(readObjects(text), said);
      });
    }
  });

  describe("in a checkout", () => {
    let local: LocalRepository;
    beforeEach(() => {
      local = new LocalRepository();
      cpSync(CONTENT, local.folder, { recursive: true });
      local.commit({});
    });
    afterEach(() => {
      local.remove();
    });
    const read = (file: string) => readFileSync(join(local.folder, file), "utf8");
    const states = async (...services: string[]) =>
      (await renderCheckout(local.folder, "prod", services)).map(({ path: file, state }) => [file, state]);

    it("are written from committed and uncommitted files, and removed if the values are removed", async () => {
      assert.deepEqual(await states(), [[manifestsPath("api"), "written"]]);
      assert.equal(read(manifestsPath("api")), readFileSync(templateManifests("prod"), "utf8"));
      assert.deepEqual(await states("api"), [[manifestsPath("api"), "unchanged"]]);
      const values = read(PROD);
      writeFileSync(join(local.folder, PROD), values.replace("a1b2c3d", "2222222"));
      writeFileSync(join(local.folder, "environments/prod/web.yaml"), values);
      assert.deepEqual(await states(), [
        [manifestsPath("api"), "written"],
        [manifestsPath("web"), "written"],
      ]);
      assert.match(read(manifestsPath("api")), /sha-2222222/);
      assert.equal(local.git("diff", "--cached", "--name-only"), "");
      rmSync(join(local.folder, PROD));
      assert.deepEqual(await states("api"), [[manifestsPath("api"), "removed"]]);
      assert.equal(existsSync(join(local.folder, "manifests/api")), false);
    });

    it("are not written if one cannot be rendered, through a link, or for an unknown service", async () => {
      await assert.rejects(states("wbe"), /^Failure: service: got "wbe"; expected one that there is/);
      local.commit({ manifests: "-> /tmp" });
      await assert.rejects(states(), /^Failure: manifests: got a symbolic link/);
      local.commit({ manifests: null, [PROD]: read(PROD).replace("sha-a1b2c3d", "no/tag") });
      await assert.rejects(states(), /^Failure: environments\/prod\/api\.yaml: [^]*'no\/tag' does not match/);
      assert.equal(existsSync(join(local.folder, "manifests")), false);
    });

    it("are written by the command, which reports invalid arguments", async () => {
      const run = (...args: string[]) =>
        execa(process.execPath, [join(root, "packages/gitops/bin/gitops.js"), "render", ...args], {
          cwd: local.folder,
          reject: false,
        });
      const { stdout, stderr } = await run("--env", "prod", "--json");
      assert.equal(stderr, "");
      assert.deepEqual(JSON.parse(stdout), [{ path: manifestsPath("api"), state: "written" }]);
      const refused = await run("Api", "--env", "staging");
      assert.match(
        refused.stderr,
        /^env: got "staging"; expected one that waits for approvals: prod\.[^]*\nservice: got "Api"/,
      );
      assert.equal(refused.exitCode, 1);
    });
  });

  describe("in a new repository", () => {
    /** Helm's rendering of the first content. */
    const rendered = async (environment: string, service: string, owner: string, image?: PinnedImage) => {
      const options = { owner, services: [service], image };
      for (const file of firstContent(readFiles(), options, graph)) write(file.path, file.text);
      const result = await renderChart(folder, { environment, service }, { chart: "charts/service", namespace: "api" });
      return "manifests" in result ? result.manifests : assert.fail(result.error);
    };

    for (const environment of approvedEnvironments()) {
      // After an intended change of the chart, run UPDATE_GOLDEN=1 npm run test:integration, and review the difference.
      it(`equal Helm's rendering of api in ${environment}`, async () => {
        const text = await rendered(environment, "api", "vaarak");
        if (process.env.UPDATE_GOLDEN) writeFileSync(templateManifests(environment), text);
        assert.equal(readFileSync(templateManifests(environment), "utf8"), text);
      });

      it(`equal Helm's rendering of the public image in ${environment}`, async () => {
        const image = parsePinnedImage(PUBLIC_IMAGE);
        const [file] = firstManifests(environment, { owner: "vaarak", services: ["hello"], image });
        assert.equal(file?.text, await rendered(environment, "hello", "vaarak", image));
      });

      // Names that YAML could misread, names that are part of other words, and the longest name.
      for (const service of ["api", "on", "y", "null", "http", "service", "api-2", "a".repeat(53)]) {
        it(`equal Helm's rendering of a service named ${service}, with an owner in capitals`, async () => {
          const options = { owner: "Some-Org", services: ["web", service] };
          const file = firstManifests(environment, options).find(({ path }) => path === manifestsPath(service));
          assert.equal(file?.text, await rendered(environment, service, "Some-Org"));
        });
      }
    }
  });

  describe("of a chart", () => {
    const rendered = async (files: Readonly<Record<string, string>>): Promise<Rendered> => {
      cpSync(CONTENT, folder, { recursive: true });
      for (const [file, text] of Object.entries(files)) write(file, text);
      return renderChart(
        folder,
        { environment: "prod", service: "api" },
        { chart: "charts/service", namespace: "api" },
      );
    };
    const template = (name: string, text: string) => ({ [`${SERVICE_CHART}/templates/${name}.yaml`]: text });

    it("include the chart's CRDs, as in Argo CD's own rendering", async () => {
      const crd = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.a.b}\n";
      const result = await rendered({ [`${SERVICE_CHART}/crds/things.yaml`]: crd });
      assert.match("manifests" in result ? result.manifests : "", /kind: CustomResourceDefinition\n/);
    });

    it("are refused, with the reason, if a template would make Argo CD skip them", async () => {
      const marker = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: '+argocd:skip-file-rendering'}\n";
      const result = await rendered(template("skip", marker));
      assert.match("error" in result ? result.error : "", /got argocd:skip-file-rendering/);
    });

    it("contain no comments, because a comment could make Argo CD skip them", async () => {
      const comment = "# +argocd:skip-file-rendering\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
      const result = await rendered(template("comment", comment));
      assert.match("manifests" in result ? result.manifests : "", /kind: ConfigMap\n/);
      assert.equal(JSON.stringify(result).includes("skip-file-rendering"), false);
    });
  });
});

/** Helm removes null values. */
const withoutNull = manifest.filter((object) => !JSON.stringify(object).includes("null")) as fc.Arbitrary<Json>;
