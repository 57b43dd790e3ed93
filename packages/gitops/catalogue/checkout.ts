import { lstat, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { environmentNameIn } from "@gitops-platform/contract/branches";
import {
  declarationPath,
  DELIVERY,
  DELIVERY_POLICY_PATH,
  DELIVERY_README,
  deliveryFolder,
  SERVICES,
} from "@gitops-platform/contract/catalogue";
import type { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import { Failure } from "@gitops-platform/contract/failure";
import type { Written } from "../chart/revision";
import { Clone } from "../git/clone";
import { MAIN } from "../git/refs";
import { parseDeclarations, placed } from "./declaration";
import { deliveryFiles } from "./delivery";
import { agreeing, parsePolicy, policyAt } from "./policy";

/**
 * Renders a checkout's declarations, including uncommitted changes, into its `delivery/`, and removes there what no
 * declaration calls for.
 * @param branch The branch that the checkout is for: `main`, or `env/<name>`, which has only its own folder.
 * @throws {Failure} with everything that is wrong with the declarations; nothing is written then.
 */
export async function renderDelivery(folder: string, branch: string, graph: EnvironmentGraph): Promise<Written[]> {
  const clone = Clone.at(folder);
  const root = await clone.git("rev-parse", "--show-toplevel");
  const own = environmentNameIn(branch);
  const environments = own === undefined ? graph.followingMain : [own];
  for (const path of [DELIVERY, SERVICES, ...environments.map(deliveryFolder)]) await refuseLink(root, path);
  const { declarations, problems } = parseDeclarations(await declarationsIn(root), graph);
  if (problems.length > 0) throw new Failure(...problems.map(placed));
  const policy = own === undefined ? await policyIn(root, clone, graph) : await policyAt(clone, MAIN, graph);
  const wanted = new Map(environments.flatMap((name) => [...deliveryFiles(name, declarations, policy)]));
  const present = (await Promise.all(environments.map((name) => filesIn(root, deliveryFolder(name))))).flat();
  const paths = [...new Set([...wanted.keys(), ...present])].sort();
  return Promise.all(paths.map((path) => write(root, path, wanted.get(path))));
}

async function refuseLink(root: string, path: string): Promise<void> {
  if ((await kindOf(join(root, path))) !== "link") return;
  throw new Failure(`${path}: got a symbolic link; expected a folder. Remove it.`);
}

/** What is at a path, without following a link. */
async function kindOf(path: string): Promise<"link" | "folder" | "other" | undefined> {
  try {
    const found = await lstat(path);
    return found.isSymbolicLink() ? "link" : found.isDirectory() ? "folder" : "other";
  } catch {
    return undefined;
  }
}

/** The texts of the declarations in a checkout, by path. */
async function declarationsIn(root: string): Promise<Map<string, string>> {
  if ((await kindOf(join(root, SERVICES))) !== "folder") return new Map();
  const texts = new Map<string, string>();
  for (const { name } of await readdir(join(root, SERVICES), { withFileTypes: true })) {
    if (!/\.(ya?ml|json)$/i.test(name)) continue;
    const path = `${SERVICES}/${name}`;
    if ((await kindOf(join(root, path))) !== "other") {
      throw new Failure(
        `${path}: got no file; expected ${declarationPath("<service>")}. Put the content itself there.`,
      );
    }
    texts.set(path, await readFile(join(root, path), "utf8"));
  }
  return texts;
}

/** The policy of a checkout for `main`, or of `main` where the checkout has none. */
async function policyIn(root: string, clone: Clone, graph: EnvironmentGraph) {
  const file = join(root, DELIVERY_POLICY_PATH);
  if ((await kindOf(file)) !== "other") return policyAt(clone, MAIN, graph);
  return agreeing(parsePolicy(await readFile(file, "utf8")), graph);
}

async function filesIn(root: string, folder: string): Promise<string[]> {
  if ((await kindOf(join(root, folder))) !== "folder") return [];
  return (await readdir(join(root, folder)))
    .filter((name) => name !== DELIVERY_README)
    .map((name) => `${folder}/${name}`);
}

async function write(root: string, path: string, text: string | undefined): Promise<Written> {
  const file = join(root, path);
  if (text === undefined) {
    await rm(file, { recursive: true, force: true });
    return { path, state: "removed" };
  }
  const kind = await kindOf(file);
  if (kind === "other" && (await readFile(file, "utf8")) === text) return { path, state: "unchanged" };
  // A link would redirect the write.
  if (kind !== undefined && kind !== "other") await rm(file, { recursive: true, force: true });
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, text);
  return { path, state: "written" };
}
