import { lstat, readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { execa } from "execa";
import { writeManifests } from "@gitops-platform/contract/canonical";
import { Failure } from "@gitops-platform/contract/failure";
import { KUSTOMIZATION, overlayFolder, type ValuesFile } from "@gitops-platform/contract/paths";
import type { KustomizeSource } from "@gitops-platform/contract/source";
import { parseObjects, parseYaml } from "@gitops-platform/contract/values/parse";
import { Entry, type FileProblem } from "@gitops-platform/rules/entry";
import { requireProgram } from "../program-version";
import { messageOf, readObjects } from "./helm";

/**
 * Renders a service's kustomization from a folder with the bases and the service's file. Kustomize is called as Argo CD
 * calls it, without options.
 * @throws {Failure} with everything that {@link kustomizationProblems} finds, or if Kustomize cannot render it.
 */
export async function renderKustomization(folder: string, file: ValuesFile, source: KustomizeSource): Promise<string> {
  const problems = await kustomizationProblems(folder, file, source);
  if (problems.length > 0) throw new Failure(...problems.map(placed));
  // Without this process's environment, because anybody's pull request determines what it renders.
  const env = { PATH: process.env.PATH ?? "", HOME: folder, TMPDIR: folder };
  await requireProgram("kustomize", env);
  const args = ["build", overlayFolder(file)];
  const run = await execa("kustomize", args, { cwd: folder, env, extendEnv: false, reject: false });
  if (run.exitCode !== 0) throw new Failure(withoutFolder(run.stderr, folder));
  return writeManifests(await readObjects(run.stdout));
}

/**
 * Finds in a service's kustomization, and in all that it uses, what makes the result depend on more than the service's
 * file and its base: other files, the network, programs, the environment. Must run before Kustomize, which would follow
 * them. What is not known here is refused.
 */
export async function kustomizationProblems(
  folder: string,
  file: ValuesFile,
  { base }: KustomizeSource,
): Promise<FileProblem[]> {
  const walk = new Walk(folder, base);
  await walk.kustomization(overlayFolder(file));
  return walk.problems;
}

const KEYS = [
  ...["apiVersion", "kind", "resources", "components", "patches", "configMapGenerator", "replacements", "images"],
  ...["namePrefix", "nameSuffix", "namespace", "commonLabels", "labels", "commonAnnotations", "replicas"],
  ...["generatorOptions", "sortOptions"],
] as const;

const ELSEWHERE = "it would depend on more than the service's file and its base";

/** The other keys of Kustomize, and why they are refused. Their values are not shown, because some are secrets. */
const REFUSED: Readonly<Record<string, string>> = {
  secretGenerator: "it would put a Secret into Git. Use an object that fetches it, such as an ExternalSecret",
  bases: "Kustomize renamed it. Use resources",
  patchesStrategicMerge: "Kustomize renamed it. Use patches",
  patchesJson6902: "Kustomize renamed it. Use patches",
  imageTags: "Kustomize renamed it. Use images",
  vars: "Kustomize replaced it. Use replacements",
  ...Object.fromEntries(
    [
      ...["helmCharts", "helmGlobals", "helmChartInflationGenerator", "generators", "transformers", "validators"],
      ...["openapi", "crds", "configurations", "buildMetadata"],
    ].map((key) => [key, `${ELSEWHERE}. Remove it`]),
  ),
};

type Entries = Partial<Record<(typeof KEYS)[number], Entry>>;

/** Reads kustomizations and the files that they name, each once. */
class Walk {
  readonly problems: FileProblem[] = [];
  private readonly seen = new Set<string>();

  constructor(
    private readonly folder: string,
    private readonly base: string,
  ) {}

  async kustomization(path: string): Promise<void> {
    const file = posix.join(path, KUSTOMIZATION);
    const entries = await this.read(file);
    if (!entries) return;
    await this.paths(file, entries.resources, (entry, found) => this.resource(entry, found));
    await this.paths(file, entries.components, async (entry, found) => {
      if (found.isFolder) await this.kustomization(found.path);
      else entry.problem("the folder of a component", "Name its folder.");
    });
    await this.patches(file, entries.patches);
    await this.configMaps(file, entries.configMapGenerator);
    await this.replacements(file, entries.replacements);
    this.images(entries.images);
  }

  /** Kustomize takes an image's name for a pattern, and applies the entries one after the other. */
  private images(list: Entry | undefined): void {
    const images = listOf(list).map((image) => {
      const { name, newName } = image.keys(["name", "newName", "newTag", "digest"]);
      return { entry: name, names: [imageName(name), imageName(newName)] };
    });
    for (const { entry, names } of images) {
      const [pattern] = names;
      if (pattern === undefined || !IMAGE_NAME.test(pattern)) continue;
      const matches = new RegExp(`^${pattern}$`);
      const others = images.filter((other) => other.entry !== entry).flatMap((other) => other.names);
      if (others.some((name) => name !== undefined && matches.test(name))) {
        entry?.problem("the name of no other entry", "Write one entry for each image.");
      }
    }
  }

  /** The entries of a kustomization's keys; undefined if it cannot be read, or was read before. */
  private async read(file: string): Promise<Entries | undefined> {
    const text = await this.text(file, "kustomization");
    if (text === undefined) return undefined;
    const { root, lines, problems: invalid } = parseYaml(text);
    this.problems.push(...invalid.map((problem) => ({ file, ...problem })));
    if (invalid.length > 0) return undefined;
    const found: Entries = {};
    const known: readonly string[] = KEYS;
    const others = new Set<string>();
    const map = new Entry(root, "", { file, lines, problems: this.problems });
    for (const [name, entry] of map.entries("Write the keys of a kustomization.")) {
      if (known.includes(name)) found[name as (typeof KEYS)[number]] = entry;
      else others.add(name);
    }
    for (const name of others) {
      const why = REFUSED[name] ?? `the platform does not know it. Write one of ${KEYS.join(", ")}`;
      this.problems.push({ file, message: `${name}: got this key; expected a kustomization without it: ${why}.` });
    }
    return found;
  }

  /**
   * A file's text, the first time that it is used in this way; undefined later, and where there is none. A file may be
   * named both as objects and by its folder, and then each use has its own rules.
   */
  private async text(file: string, use: "kustomization" | "objects" | "document"): Promise<string | undefined> {
    const key = `${use} ${file}`;
    if (this.seen.has(key)) return undefined;
    this.seen.add(key);
    const text = await readFile(join(this.folder, file), "utf8").catch(() => undefined);
    if (text === undefined) {
      this.problems.push({ file, message: "Got nothing; expected a kustomization. Add it, or correct what names it." });
    }
    return text;
  }

  private async paths(
    file: string,
    list: Entry | undefined,
    use: (entry: Entry, found: Found) => Promise<void>,
  ): Promise<void> {
    for (const entry of listOf(list)) await this.path(file, entry, use);
  }

  /** What a kustomization names, if that is a file or folder of the base. */
  private async path(
    file: string,
    entry: Entry,
    use: (entry: Entry, found: Found) => Promise<void>,
    written: (text: string) => string = (text) => text,
  ): Promise<void> {
    const expected = `the path of a file or folder of ${this.base}`;
    const fix = "Write a relative path with letters, digits, hyphens and underscores; file names may also have dots.";
    const text = entry.text(expected, fix);
    if (text === undefined) return;
    const name = written(text);
    const path = posix.join(posix.dirname(file), name);
    const isOwn = path === this.base || path.startsWith(`${this.base}/`);
    const found = LOCAL.test(name) && isOwn ? await lstat(join(this.folder, path)).catch(() => undefined) : undefined;
    // Kustomize takes a folder for a repository to clone if its name looks like one.
    const isSafe = found !== undefined && (!found.isDirectory() || !posix.basename(path).includes("."));
    if (isSafe) await use(entry, { path, isFolder: found.isDirectory() });
    else entry.problem(expected, fix);
  }

  private async resource(entry: Entry, { path, isFolder }: Found): Promise<void> {
    if (isFolder) return this.kustomization(path);
    if (isKustomization(path)) {
      entry.problem("a file with objects, or a folder with a kustomization", "Name the folder.");
      return;
    }
    const text = await this.text(path, "objects");
    if (text === undefined) return;
    try {
      parseObjects(text, path);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.problems.push(
        ...error.message.split("\n").map((message) => ({ file: path, message: withoutFile(message, path) })),
      );
    }
  }

  private async patches(file: string, list: Entry | undefined): Promise<void> {
    for (const each of listOf(list)) {
      const { path, patch } = each.keys(["path", "patch", "target", "options"]);
      if (path) await this.path(file, path, async (entry, found) => this.document(entry, found));
      const text = patch?.text("a patch", "Write it, or remove the entry.");
      for (const { line, message } of text === undefined ? [] : parseYaml(text).problems) {
        patch?.problem(`a patch without: ${message.replace(/\.$/, "")}, in its line ${line}`, "Correct it.");
      }
    }
  }

  /** A file with one document, such as a patch. */
  private async document(entry: Entry, { path, isFolder }: Found): Promise<void> {
    if (isFolder || isKustomization(path)) {
      entry.problem("a file with a document", "Name the file.");
      return;
    }
    const text = await this.text(path, "document");
    if (text === undefined) return;
    this.problems.push(...parseYaml(text).problems.map((problem) => ({ file: path, ...problem })));
  }

  private async configMaps(file: string, list: Entry | undefined): Promise<void> {
    for (const each of listOf(list)) {
      // Files of variables may take their values from the environment of Kustomize.
      const { files } = each.keys(["name", "namespace", "behavior", "files", "literals", "options"]);
      for (const entry of listOf(files)) {
        const isFile = async (named: Entry, { isFolder }: Found) => {
          if (isFolder) named.problem("a file", "Name the file.");
          await Promise.resolve();
        };
        await this.path(file, entry, isFile, (text) => text.slice(text.indexOf("=") + 1));
      }
    }
  }

  private async replacements(file: string, list: Entry | undefined): Promise<void> {
    for (const each of listOf(list)) {
      const { path } = each.keys(["path", "source", "targets"]);
      if (path) await this.path(file, path, (entry, found) => this.document(entry, found));
    }
  }
}

const IMAGE_NAME = /^[A-Za-z0-9][\w./:-]*$/;

/** The text of an image's name, which is reported if it has other characters. */
function imageName(entry: Entry | undefined): string | undefined {
  const fix = "Write letters, digits, hyphens, dots, slashes and colons.";
  const text = entry?.text("an image's name", fix);
  if (text !== undefined && !IMAGE_NAME.test(text)) entry?.problem("an image's name", fix);
  return text;
}

interface Found {
  /** From the root of the repository. */
  readonly path: string;
  readonly isFolder: boolean;
}

/** A path that Kustomize cannot take for an address: no scheme, host, user, query or name of a Git repository. */
const LOCAL = /^(?:\.\/)?(?:\.\.\/)*(?:\.\.|(?:[A-Za-z0-9][\w-]*\/)*[A-Za-z0-9][\w.-]*)$/;

/** Whether Kustomize reads a file as a kustomization, if its folder is named. */
function isKustomization(path: string): boolean {
  return /^kustomization(\.ya?ml)?$/i.test(posix.basename(path));
}

function listOf(entry: Entry | undefined): Entry[] {
  return entry?.list("Write a list.") ?? [];
}

function withoutFile(message: string, file: string): string {
  return message.startsWith(`${file}:`) ? message.slice(file.length + 1) : message;
}

function placed({ file, line, column, message }: FileProblem): string {
  const place = [file, line, line === undefined ? undefined : column].filter((part) => part !== undefined);
  return `${place.join(":")}: ${message}`;
}

/** Kustomize's message without the temporary folder. */
function withoutFolder(text: string, folder: string): string {
  return messageOf(text).replaceAll(`${folder}/`, "").replaceAll(folder, "the repository");
}
