import { parseAllDocuments } from "yaml";
import { resourceType } from "@gitops-platform/components/kubernetes-object";
import { inCheckout } from "@gitops-platform/clients/git/environment";
import { startGit } from "@gitops-platform/clients/git/process";
import { type Manifest, writeManifests } from "@gitops-platform/contract/canonical";
import { DELIVERY_README, deliveryFolder, parseDeliveryPath } from "@gitops-platform/contract/catalogue";
import { Failure } from "@gitops-platform/contract/failure";
import { EngineError, type OtherResource } from "@gitops-platform/engine";
import { findEnvironment, trackedBranch } from "@gitops-platform/environments/environments";

/**
 * The objects that deliver the services of the catalogue in an environment, as Argo CD applies them: from the branch
 * that it follows there.
 * @param clone A clone of the GitOps repository, with its remote's branches.
 * @throws EngineError that names every file in another form than `gitops service render` writes.
 */
export async function catalogueResources(clone: string, environment: string): Promise<OtherResource[]> {
  const declared = findEnvironment(environment);
  if (!declared) return [];
  const revision = `refs/remotes/origin/${trackedBranch(environment, declared.delivery)}`;
  const folder = deliveryFolder(environment);
  const entries = await filesIn(clone, revision, folder);
  const read = await Promise.all(
    entries.filter(({ path }) => path !== `${folder}/${DELIVERY_README}`).map((entry) => resourcesOf(clone, entry)),
  );
  const problems = read.flatMap((result) => ("problem" in result ? [result.problem] : []));
  if (problems.length > 0) throw new EngineError(problems.join("\n"));
  return read.flatMap((result) => ("resources" in result ? result.resources : []));
}

interface Entry {
  readonly mode: string;
  readonly blob: string;
  readonly path: string;
}

async function filesIn(clone: string, revision: string, folder: string): Promise<Entry[]> {
  const text = await git(clone, "ls-tree", "-r", "-z", "--full-tree", revision, "--", folder);
  return text.split("\0").flatMap((line): Entry[] => {
    const [, mode = "", blob = "", path = ""] = /^(\d+) \w+ ([0-9a-f]+)\t([^]*)$/.exec(line) ?? [];
    return line === "" ? [] : [{ mode, blob, path }];
  });
}

async function git(clone: string, ...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await startGit(args, { cwd: clone, env: await inCheckout(clone) });
  if (exitCode === 0) return stdout.toString();
  const fix = "Run git fetch in a clone of the GitOps repository, and pass its folder.";
  throw new EngineError(`--gitops-repository: got ${clone}: ${stderr.toString().trim()}; expected a clone. ${fix}`);
}

type Read = { readonly resources: OtherResource[] } | { readonly problem: string };

/** Reads a delivery file. Only the canonical form is accepted: Argo CD might read any other form differently. */
async function resourcesOf(clone: string, { mode, blob, path }: Entry): Promise<Read> {
  const isFile = mode === "100644" && parseDeliveryPath(path) !== undefined;
  const text = isFile ? await git(clone, "cat-file", "blob", blob) : "";
  const objects = parseAllDocuments(text, { logLevel: "silent" }).map((document) => document.toJS() as Manifest);
  if (!isFile || !isCanonical(objects, text)) {
    const fix = "Run gitops service render there, and commit what it writes.";
    return { problem: `${path}: got other content; expected objects as gitops service render writes them. ${fix}` };
  }
  const resources = objects.map((object) => {
    const { namespace = "", name = "" } = (object.metadata ?? {}) as { namespace?: string; name?: string };
    const place = [path, namespace, name].filter((part) => part !== "").join(":");
    return { type: resourceType(object), name: place, inputs: { ...object } };
  });
  return { resources };
}

function isCanonical(objects: readonly Manifest[], text: string): boolean {
  try {
    return writeManifests(objects) === text;
  } catch (error) {
    if (error instanceof Failure || error instanceof TypeError) return false;
    throw error;
  }
}
