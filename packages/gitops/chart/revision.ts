import { lstat, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  CHARTS,
  MANIFESTS,
  manifestsFolder,
  manifestsPath,
  parseManifestsPath,
  parseValuesPath,
  type ValuesFile,
  valuesFolder,
  valuesPath,
  valuesPaths,
} from "@gitops-platform/contract/paths";
import { Failure } from "@gitops-platform/contract/failure";
import { SERVICES } from "@gitops-platform/contract/catalogue";
import { renderingsAt, undeclared } from "../catalogue/rendering";
import { Clone } from "../git/clone";
import { pathAt } from "../values/at";
import { checkService } from "../values/files";
import { withChartFolder } from "./folder";
import type { Rendered } from "./helm";
import { render } from "./render";

/** Renders services with the charts and declarations of a revision; undefined for a file that does not exist. */
export async function renderRevision(
  clone: Clone,
  revision: string,
  files: readonly ValuesFile[],
): Promise<(Rendered | undefined)[]> {
  if (files.length === 0) return [];
  const rendered: (Rendered | undefined)[] = [];
  const paths = files.flatMap(valuesPaths);
  const there = new Set(await clone.list(revision, ...paths));
  const renderings = await renderingsAt(
    clone,
    revision,
    files.map(({ service }) => service),
  );
  await withChartFolder(clone, revision, [CHARTS, ...paths], async (folder) => {
    for (const file of files) {
      const how = renderings.get(file.service) ?? undeclared(file.service);
      const own = "problem" in how ? valuesPaths(file) : [valuesPath(file, how.source)];
      if (!own.some((path) => there.has(path))) rendered.push(undefined);
      else rendered.push("problem" in how ? { error: how.problem } : await render(folder, file, how));
    }
  });
  return rendered;
}

/** The services of an environment at a revision that have values, and those that have manifests. */
export async function servicesAt(
  clone: Clone,
  revision: string,
  environment: string,
): Promise<{ readonly values: readonly string[]; readonly manifests: readonly string[] }> {
  const [values, manifests] = await Promise.all([
    clone.list(revision, valuesFolder(environment)),
    clone.list(revision, MANIFESTS),
  ]);
  const isOf = (file: ValuesFile | undefined) => file?.environment === environment;
  return {
    values: [...new Set(values.map(parseValuesPath).flatMap((file) => (file && isOf(file) ? [file.service] : [])))],
    manifests: manifests.flatMap((path) => parseManifestsPath(path) ?? []),
  };
}

/** What happened to a service's manifests in a checkout. */
export interface Written {
  readonly path: string;
  readonly state: "written" | "unchanged" | "removed";
}

/**
 * Renders a checkout's services, including uncommitted changes, into its `manifests/`. Manifests of services
 * without values are removed.
 * @param services The services to render; empty for all.
 * @throws {Failure} with everything that cannot be rendered; nothing is written then.
 */
export async function renderCheckout(
  folder: string,
  environment: string,
  services: readonly string[],
): Promise<Written[]> {
  const root = await Clone.at(folder).git("rev-parse", "--show-toplevel");
  if (await isLink(join(root, MANIFESTS))) {
    throw new Failure(`${MANIFESTS}: got a symbolic link; expected a folder. Remove it.`);
  }
  const tree = await treeOf(root, environment);
  const clone = Clone.at(root);
  const { values, manifests } = await servicesAt(clone, tree, environment);
  const known = [...new Set([...values, ...manifests])].sort();
  for (const service of services) checkService(service, known);
  const chosen = services.length > 0 ? [...new Set(services)].sort() : known;
  const files = chosen.map((service) => ({ environment, service }));
  const rendered = await renderRevision(clone, tree, files);
  const problems = files.map(async (file, index) => {
    const made = rendered[index];
    return made && "error" in made ? [`${await pathAt(clone, tree, file)}: ${made.error}`] : [];
  });
  const all = (await Promise.all(problems)).flat();
  if (all.length > 0) throw new Failure(...all);
  const texts = rendered.map((made) => (made && "manifests" in made ? made.manifests : undefined));
  return Promise.all(chosen.map((service, index) => write(root, service, texts[index])));
}

async function write(root: string, service: string, text: string | undefined): Promise<Written> {
  const path = manifestsPath(service);
  const own = join(root, manifestsFolder(service));
  if (text === undefined) {
    await rm(own, { recursive: true, force: true });
    return { path, state: "removed" };
  }
  const present = await readFile(join(root, path), "utf8").catch(() => undefined);
  if (present === text) return { path, state: "unchanged" };
  // A symbolic link would redirect the write.
  if ((await isLink(own)) || (await isLink(join(root, path)))) await rm(own, { recursive: true, force: true });
  await mkdir(own, { recursive: true });
  await writeFile(join(root, path), text);
  return { path, state: "written" };
}

async function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
}

/** The tree of a commit of what services in the checkout consist of. The checkout's own index is not used. */
async function treeOf(root: string, environment: string): Promise<string> {
  const git = Clone.at(root);
  const index = join(await git.git("rev-parse", "--absolute-git-dir"), `gitops-render-${crypto.randomUUID()}`);
  const env = { GIT_INDEX_FILE: index };
  const paths = [CHARTS, SERVICES, valuesFolder(environment), MANIFESTS];
  try {
    await git.run(["read-tree", "HEAD"], { env });
    // `git add` fails for a path that is neither in the checkout nor in HEAD.
    await git.run(["rm", "-r", "-q", "--cached", "--ignore-unmatch", "--", ...paths], { env });
    const there = await Promise.all(
      paths.map((path) =>
        lstat(join(root, path)).then(
          () => [path],
          () => [],
        ),
      ),
    );
    if (there.flat().length > 0) await git.run(["add", "--force", "--", ...there.flat()], { env });
    return await git.run(["write-tree", "--missing-ok"], { env });
  } finally {
    await rm(index, { force: true });
  }
}
