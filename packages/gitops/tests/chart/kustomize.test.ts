import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { kustomizationProblems } from "../../chart/kustomize";

const OVERLAY = "environments/dev/shop/kustomization.yaml";
const BASE = "charts/shop/kustomization.yaml";
const OBJECTS = "charts/shop/deployment.yaml";

/** A base with a component, a patch and a file, and an overlay that uses all of them. */
const GOOD: Readonly<Record<string, string>> = {
  [OVERLAY]:
    "resources: [../../../charts/shop]\ncomponents: [../../../charts/shop/debug]\n" +
    "images:\n  - name: shop\n    newTag: v1.0.0\n" +
    "patches:\n  - patch: |\n      - op: remove\n        path: /spec\n    target: { kind: Deployment }\n",
  [BASE]:
    "resources:\n  - deployment.yaml\n  - ./config\npatches:\n  - path: patches/more.yaml\n" +
    "configMapGenerator:\n  - name: shop\n    files: [settings.ini, other=files/a.b.txt]\n    literals: [A=1]\n",
  "charts/shop/config/kustomization.yaml": "resources: [config.yaml]\nnameSuffix: -a\n",
  "charts/shop/config/config.yaml": "apiVersion: v1\nkind: ConfigMap\n---\napiVersion: v1\nkind: ConfigMap\n",
  "charts/shop/debug/kustomization.yaml": "kind: Component\n",
  [OBJECTS]: "apiVersion: apps/v1\nkind: Deployment\n",
  "charts/shop/patches/more.yaml": "kind: Deployment\n",
  "charts/shop/settings.ini": "a=1\n",
  "charts/shop/files/a.b.txt": "text\n",
  "charts/other/kustomization.yaml": "resources: []\n",
  "gitops.yaml": "{}\n",
};

describe("a kustomization of a service", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "kustomize-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  async function problems(files: Readonly<Record<string, string>>): Promise<string[]> {
    for (const [path, text] of Object.entries({ ...GOOD, ...files })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const file = { environment: "dev", service: "shop" };
    const found = await kustomizationProblems(folder, file, { kind: "kustomize", base: "charts/shop" });
    return found.map(({ file: path = "", line = 0, message }) => `${path}:${line} ${message}`);
  }

  it("may use the files and folders of its base", async () => {
    assert.deepEqual(await problems({}), []);
  });

  const resource = (path: string) => ({ [BASE]: `resources: ["${path}"]\n` });
  const bad: [what: string, files: Readonly<Record<string, string>>, said: RegExp][] = [
    ...[
      ["a URL", "https://example.com/a.yaml"],
      ["a repository", "github.com/vaarak/shop"],
      ["a repository by SSH", "git@github.com:vaarak/shop"],
      ["a repository with a revision", "shop?ref=v1"],
      ["a folder that Kustomize would clone", "_git/shop"],
      ["an absolute path", "/etc/passwd"],
      ["a file outside the base", "../../gitops.yaml"],
      ["another base", "../other"],
      ["a way out and back", "../shop/../other"],
      ["the folder of another environment", "../../environments/prod/shop"],
      ["a file that is not there", "none.yaml"],
    ].map(([what = "", path = ""]): [string, Readonly<Record<string, string>>, RegExp] => [
      what,
      resource(path),
      /^charts\/shop\/kustomization\.yaml:1 resources\[0\]: got .*; expected .* file or folder of charts\/shop/,
    ]),
    [
      "a folder whose name looks like a repository",
      { ...resource("a.git"), "charts/shop/a.git/kustomization.yaml": "resources: []\n" },
      /resources\[0\]: got "a\.git"/,
    ],
    ...["github.com/vaarak/shop", "_git/shop", "shop.git/a"].map(
      (path): [string, Readonly<Record<string, string>>, RegExp] => [
        `a folder that is there, and that Kustomize would clone: ${path}`,
        { ...resource(path), [`charts/shop/${path}/kustomization.yaml`]: "resources: []\n" },
        /kustomization\.yaml:1 resources\[0\]: got /,
      ],
    ),
    [
      "a file that is there under an address",
      { ...resource("git@a:b.yaml"), "charts/shop/git@a:b.yaml": "a: 1\n" },
      /resources\[0\]: got "git@a:b/,
    ],
    ["a file beside the overlay", { [OVERLAY]: "resources: [a.yaml]\n" }, /environments\/dev.*resources\[0\]: got "a/],
    ...[
      ...["helmCharts", "helmGlobals", "helmChartInflationGenerator", "generators", "transformers", "validators"],
      ...["openapi", "crds", "configurations", "buildMetadata", "vars", "bases", "patchesStrategicMerge"],
      ...["patchesJson6902", "imageTags", "secretGenerator", "Resources", "unheardOf"],
    ].map((key): [string, Readonly<Record<string, string>>, RegExp] => [
      `the key ${key}`,
      { [BASE]: `${key}: [secret]\n` },
      new RegExp(
        `^${BASE.replaceAll(".", "\\.")}:0 ${key}: got this key; expected a kustomization without it: [^\\n]*$`,
      ),
    ]),
    [
      "variables from the environment",
      { [BASE]: "configMapGenerator:\n  - { name: a, envs: [settings.ini] }\n" },
      /configMapGenerator\[0\]\.envs: .*no such key/,
    ],
    [
      "a file from elsewhere in a ConfigMap",
      { [BASE]: "configMapGenerator:\n  - { name: a, files: [a=../../gitops.yaml] }\n" },
      /configMapGenerator\[0\]\.files\[0\]: got "a=/,
    ],
    ["a patch from elsewhere", { [BASE]: "patches:\n  - { path: ../../gitops.yaml }\n" }, /patches\[0\]\.path: got/],
    [
      "a replacement from elsewhere",
      { [BASE]: "replacements:\n  - { path: ../../gitops.yaml }\n" },
      /replacements\[0\]\.path: got/,
    ],
    ["a file as a component", { [BASE]: "components: [deployment.yaml]\n" }, /components\[0\]: got "deployment/],
    ["a file as a folder", { [BASE]: "patches:\n  - { path: config }\n" }, /patches\[0\]\.path: got "config"/],
    ["a folder without a kustomization", resource("files"), /charts\/shop\/files\/kustomization\.yaml:0 Got nothing/],
    [
      "a kustomization of another name as a file",
      { ...resource("config/Kustomization"), "charts/shop/config/Kustomization": "kind: A\n" },
      /resources\[0\]: got "config\/Kustomization"; expected a file with objects/,
    ],
    [
      "a kustomization as a patch",
      { [BASE]: "patches:\n  - { path: config/kustomization.yaml }\n" },
      /patches\[0\]\.path: got "config\/kustomization\.yaml"; expected a file with a document/,
    ],
    [
      "an image by a pattern",
      { [OVERLAY]: "images:\n  - { name: 'sho[p]', newTag: v1 }\n" },
      /images\[0\]\.name: got "sho\[p\]"; expected an image's name/,
    ],
    [
      "an image that another entry gives",
      { [OVERLAY]: "images:\n  - { name: a, newName: shop }\n  - { name: shop, newTag: v1 }\n" },
      /images\[1\]\.name: got "shop"; expected the name of no other entry/,
    ],
    [
      "an image whose name is a pattern for another's",
      { [OVERLAY]: "images:\n  - { name: x.io/shop, newTag: v1 }\n  - { name: x-io/shop, newTag: v2 }\n" },
      /images\[0\]\.name: got "x\.io\/shop"; expected the name of no other entry/,
    ],
    ["another key of an image", { [OVERLAY]: "images:\n  - { name: a, NewTag: v1 }\n" }, /images\[0\]\.NewTag: got/],
    ["ambiguous objects", { [OBJECTS]: "a: 010\n" }, /^charts\/shop\/deployment\.yaml:0 1:4: got 010 without quotes/],
    ["text behind a separator", { [OBJECTS]: "a: 1\n--- # b\n" }, /got a line that begins with ---/],
    ["an ambiguous kustomization", { [BASE]: "namePrefix: &a b\n" }, /kustomization\.yaml:1 got an anchor/],
    ["an ambiguous patch", { "charts/shop/patches/more.yaml": "a: yes\n" }, /patches\/more\.yaml:1 got yes without/],
    [
      "an ambiguous patch of its own",
      { [OVERLAY]: "patches:\n  - patch: |\n      a: yes\n" },
      /patches\[0\]\.patch: .*got yes without quotes/,
    ],
    ["no list", { [BASE]: "resources: deployment.yaml\n" }, /resources: got "deployment\.yaml"; expected a list/],
  ];
  for (const [what, files, said] of bad) {
    it(`is refused with ${what}`, async () => {
      const found = await problems(files);
      assert.equal(found.length, 1, found.join("\n"));
      assert.match(found[0] ?? "", said);
    });
  }

  it("is checked by its folder, also where it is named as a file", async () => {
    const found = await problems({
      [BASE]: "resources: [config/kustomization.yaml, config]\n",
      "charts/shop/config/kustomization.yaml": "metadata: { name: a }\nresources: [https://example.com/a.yaml]\n",
    });
    assert.equal(found.length, 3, found.join("\n"));
    assert.match(found[0] ?? "", /resources\[0\]: got "config\/kustomization\.yaml"; expected a file with objects/);
    assert.match(found[1] ?? "", /metadata: got this key/);
    assert.match(found[2] ?? "", /resources\[0\]: got "https:\/\/example\.com/);
  });

  it("is reported with all of its problems at once, also those of its base", async () => {
    const found = await problems({
      [OVERLAY]: "resources: [../../../charts/shop, ../../..]\nvars: []\n",
      [BASE]: "resources: [deployment.yaml]\ncrds: []\n",
      [OBJECTS]: "a: 010\nb: 0x1\n",
    });
    assert.equal(found.length, 5, found.join("\n"));
  });
});
