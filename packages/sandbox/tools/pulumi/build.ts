import { copyFile, mkdir } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type BuildProgress, ensureBuilt, moduleFolder } from "../build";
import { type BuildPlan, planModule } from "../plan";

const PROVIDER = "github.com/pulumi/pulumi-kubernetes/provider/v4";

/**
 * Builds the Pulumi CLI, its language host for Node and its Kubernetes provider where they are not built yet. The first
 * time takes about 20 minutes on two cores.
 * @returns the folders to put on PATH: the CLI finds its plugins there
 */
export async function ensurePulumi(onProgress: (progress: BuildProgress) => void): Promise<string[]> {
  const [cli, provider] = [cliPlan(), providerPlan()];
  await ensureBuilt(cli, onProgress, { finish: () => Promise.resolve() });
  await ensureBuilt(provider, onProgress, {
    async finish(go, folder) {
      await mkdir(join(folder, "data"));
      const schema = join(await moduleFolder(go, PROVIDER), "cmd/pulumi-resource-kubernetes/schema.json");
      await copyFile(schema, join(folder, "data/kubernetes-schema.json"));
    },
  });
  return [cli, provider].map(({ folder }) => join(folder, "bin"));
}

function cliPlan(): BuildPlan {
  const module = join(__dirname, "cli");
  const madeFrom = [readFileSync(join(module, "pulumi-language-nodejs/main.go"), "utf8")];
  return planModule({ module, name: "pulumi", linkerFlags: [], madeFrom });
}

function providerPlan(): BuildPlan {
  const module = join(__dirname, "kubernetes");
  const madeFrom = [readFileSync(join(module, "pulumi-resource-kubernetes/main.go"), "utf8")];
  // The engine takes a plugin of exactly the version that the program's npm package names.
  const manifest = readFileSync(require.resolve("@pulumi/kubernetes/package.json"), "utf8");
  const { version } = JSON.parse(manifest) as { version: string };
  return planModule({ module, name: "pulumi-kubernetes", linkerFlags: ["-X", `main.version=${version}`], madeFrom });
}
