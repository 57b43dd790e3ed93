import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

/** A file of the GitOps repository. */
export interface ContentFile {
  /** Where it is in the repository, with `/` between folders. */
  readonly path: string;
  readonly text: string;
}

/** Whose repository it is: what differs between what two organisations start with. */
export interface ContentOptions {
  /** The organisation; its images are in `ghcr.io/<owner>`. */
  readonly owner: string;
  /** The names of services; each gets its values in every environment. */
  readonly services: readonly string[];
}

/** The values of the service `api` are the pattern of every service's. */
const PATTERN_VALUES = /^environments\/[^/]+\/api\.yaml$/;
const PATTERN_IMAGE = "ghcr.io/vaarak/api";

/** Every file below a folder, sorted by path. Default: the folder that this project starts repositories with. */
export function readFiles(folder = join(__dirname, "../../gitops-repo")): ContentFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: relative(folder, file).split(sep).join("/"), text: readFileSync(file, "utf8") }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** What a new GitOps repository starts with: the files as they are, and values for each service. */
export function firstContent(files: readonly ContentFile[], { owner, services }: ContentOptions): ContentFile[] {
  return files.flatMap((file) => {
    if (!PATTERN_VALUES.test(file.path)) return [file];
    return services.map((name) => ({
      path: file.path.replace(/api\.yaml$/, `${name}.yaml`),
      text: valuesFor(name, owner, file.text),
    }));
  });
}

/** The files in the order to write them: each is a push to `main`, which would start the workflows that are there already. */
export function workflowsLast(files: readonly ContentFile[]): ContentFile[] {
  const isWorkflow = ({ path }: ContentFile) => path.startsWith(".github/workflows/");
  return [...files.filter((file) => !isWorkflow(file)), ...files.filter(isWorkflow)];
}

function valuesFor(service: string, owner: string, pattern: string): string {
  const named = service === "api" ? pattern : pattern.replaceAll("API service", `${service} service`);
  // Image names are lower-case; GitHub's organisations need not be.
  return named.replaceAll(PATTERN_IMAGE, `ghcr.io/${owner.toLowerCase()}/${service}`);
}
