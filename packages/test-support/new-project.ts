import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseDocument } from "yaml";
import { pack } from "../../scripts/package";

const ROOT = resolve(__dirname, "../..");
const TEMPLATE = join(ROOT, "templates/typescript");

interface Manifest {
  readonly dependencies: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}

/** A project as `pulumi new` makes it of this project's template, with the package that this project is packed as. */
export class NewProject {
  private readonly parent = mkdtempSync(join(tmpdir(), "new-project-"));
  readonly folder = join(this.parent, "project");
  private own: Manifest | undefined;

  /** The template's package.json. */
  get manifest(): Manifest {
    if (!this.own) throw new Error("the project has not been made");
    return this.own;
  }

  async make(name = "gitops-platform"): Promise<void> {
    this.fill(name);
    const tarball = join(this.parent, await pack(this.parent));
    this.own = JSON.parse(this.read("package.json")) as Manifest;
    const packed = manifestIn(tarball);
    // Installs without a network: a package that the manifests name is a link to the one of this checkout. What a
    // manifest does not name is not found.
    const linked = Object.keys({ ...this.own.dependencies, ...this.own.devDependencies, ...packed.dependencies });
    const dependencies = Object.fromEntries(linked.map((each) => [each, `file:${join(ROOT, "node_modules", each)}`]));
    dependencies["gitops-platform"] = `file:${tarball}`;
    this.write("package.json", JSON.stringify({ ...this.own, dependencies, devDependencies: {} }));
    const args = ["install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
    execFileSync("npm", args, { cwd: this.folder, stdio: ["ignore", "ignore", "pipe"] });
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), "utf8");
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text);
  }

  remove(): void {
    rmSync(this.parent, { recursive: true });
  }

  /** What `pulumi new` does: https://github.com/pulumi/pulumi/blob/v3.274.1/pkg/cmd/pulumi/newcmd/new.go */
  private fill(name: string): void {
    cpSync(TEMPLATE, this.folder, { recursive: true });
    const description = "Our platform";
    for (const file of readdirSync(this.folder)) {
      const text = this.read(file).replaceAll("${PROJECT}", name).replaceAll("${DESCRIPTION}", description);
      this.write(file, text);
    }
    const project = parseDocument(this.read("Pulumi.yaml"));
    project.set("name", name);
    project.set("description", description);
    project.delete("template");
    project.setIn(["config", "pulumi:tags"], { value: { "pulumi:template": "typescript" } });
    this.write("Pulumi.yaml", project.toString());
  }
}

function manifestIn(tarball: string): Manifest {
  const args = ["--extract", "--to-stdout", "--file", tarball, "package/package.json"];
  return JSON.parse(execFileSync("tar", args, { encoding: "utf8" })) as Manifest;
}
