import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join, resolve } from "node:path";
import { build, type Plugin } from "esbuild";
import ts from "typescript";

const root = resolve(__dirname, "../..");

interface LockedPackage {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}

/** The packages that `npm ci --omit=dev` does not install, by folder relative to the project. */
function omitted(): Set<string> {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, LockedPackage>;
  };
  return new Set(Object.keys(packages).filter((path) => packages[path]?.dev ?? packages[path]?.devOptional));
}

/** The package name of an import; undefined for Node's built-in modules. */
function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith("node:") || builtinModules.includes(specifier)) return undefined;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** Excludes installed packages from a bundle, and includes the project's own. */
const installedPackages: Plugin = {
  name: "installed-packages",
  setup(build) {
    build.onResolve({ filter: /^[^.]/ }, ({ kind, path }) =>
      kind === "entry-point" || path.startsWith("@gitops-platform/") ? undefined : { path, external: true },
    );
  },
};

/** The packages that programs import at run time, each with one importing file. */
async function importedBy(...entryPoints: string[]): Promise<Map<string, string>> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints,
    bundle: true,
    plugins: [installedPackages],
    platform: "node",
    outdir: "unused",
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  const found = new Map<string, string>();
  for (const [file, { imports }] of Object.entries(metafile.inputs)) {
    for (const { path, external } of imports) {
      const name = external === true ? packageOf(path) : undefined;
      // A relative import is a file of the project, not a package.
      if (name !== undefined && !name.startsWith(".")) found.set(name, file);
    }
  }
  return found;
}

/** The packages whose types a program needs: Pulumi type-checks a program before it runs it. */
function checkedFor(entryPoint: string, config: string): string[] {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(root, config), (file) => ts.sys.readFile(file)).config,
    ts.sys,
    join(root, config, ".."),
  );
  const program = ts.createProgram([join(root, entryPoint)], options);
  return (
    program
      .getSourceFiles()
      .map(({ fileName }) => fileName.slice(root.length + 1))
      .flatMap((path) => /^node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [])
      // A package with the name of a built-in module replaces it only if it is installed.
      .filter((path) => packageOf(path.replace("node_modules/", "")) !== undefined)
  );
}

describe("an installation without development dependencies", () => {
  const left = omitted();

  for (const [what, ...entryPoints] of [
    ["pulumi up", "index.ts"],
    ["the policy pack", "packages/policy/index.ts"],
    [
      "gitops",
      "packages/gitops/bin/gitops.js",
      "packages/gitops/main-of-project.ts",
      "packages/gitops/main-of-board.ts",
      "packages/gitops/main.ts",
    ],
    // The engine loads its providers dynamically.
    [
      "the engine",
      "packages/engine/main.ts",
      "packages/engine/providers/github/provider.ts",
      "packages/engine/providers/kubernetes/provider.ts",
    ],
    ["the review", "packages/review/main.ts"],
    ["the drift comparison", "packages/drift/main.ts"],
  ] as const) {
    it(`has every package that ${what} imports`, async () => {
      const imported = await importedBy("scripts/register.js", "scripts/compile.js", ...entryPoints);
      assert.ok(imported.size > 2, [...imported.keys()].join());
      assert.deepEqual(
        [...imported].filter(([name]) => left.has(`node_modules/${name}`)),
        [],
      );
    });
  }

  for (const [entryPoint, config] of [
    ["index.ts", "tsconfig.json"],
    ["packages/policy/index.ts", "packages/policy/tsconfig.json"],
  ] as const) {
    it(`has every package that type-checking ${entryPoint} needs`, function () {
      this.timeout(60_000);
      const read = new Set([...checkedFor(entryPoint, config), "node_modules/typescript", "node_modules/ts-node"]);
      assert.ok(read.has("node_modules/@pulumi/pulumi"));
      assert.deepEqual(
        [...read].filter((path) => left.has(path)),
        [],
      );
    });
  }
});
