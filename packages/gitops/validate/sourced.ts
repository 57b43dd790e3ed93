import { declarationPath } from "@gitops-platform/contract/catalogue";
import { overlayFolder, VALUES, type ValuesFile, valuesPath, valuesPaths } from "@gitops-platform/contract/paths";
import { describeSource } from "@gitops-platform/contract/source";
import { type Rendering, renderingsAt } from "../catalogue/rendering";
import { type Candidate, touchedValues } from "./candidate";
import type { FileProblem } from "@gitops-platform/rules/entry";

/** A service's file that a change may break, and what it is rendered with. */
export interface Sourced {
  readonly file: ValuesFile;
  readonly now: Rendering;
  /** Before the change. Undefined if the declaration could not be read. */
  readonly before: Rendering | undefined;
}

/** The files that a change may break, but for those whose declaration cannot be read: {@link unreadableSources}. */
export async function sourcedValues(candidate: Candidate): Promise<Sourced[]> {
  const files = await touchedValues(candidate);
  const [before, now] = await Promise.all([candidate.base, candidate.tree].map((at) => readAt(candidate, at, files)));
  return files.flatMap((file): Sourced[] => {
    const [was, is] = [before?.get(file.service), now?.get(file.service)];
    if (!is || "problem" in is) return [];
    return [{ file, now: is, before: was && "problem" in was ? undefined : was }];
  });
}

/** Why the declarations of some of these files cannot be read. */
export async function unreadableSources(candidate: Candidate): Promise<FileProblem[]> {
  const found = await readAt(candidate, candidate.tree, await touchedValues(candidate));
  return [...found].flatMap(([service, rendering]): FileProblem[] => {
    return "problem" in rendering ? [{ file: declarationPath(service), message: rendering.problem }] : [];
  });
}

async function readAt({ clone }: Candidate, revision: string, files: readonly ValuesFile[]) {
  return renderingsAt(
    clone,
    revision,
    files.map(({ service }) => service),
  );
}

/** A file's text before and after a change; undefined where there is none. */
export async function sourcedText(
  { clone, base, tree }: Candidate,
  { file, now, before: earlier = now }: Sourced,
): Promise<{ readonly before: string | undefined; readonly after: string | undefined }> {
  const [before, after] = await Promise.all([
    clone.read(base, valuesPath(file, earlier.source)),
    clone.read(tree, valuesPath(file, now.source)),
  ]);
  return { before, after };
}

/** The path of a file after a change. */
export function sourcedPath({ file, now }: Pick<Sourced, "file" | "now">): string {
  return valuesPath(file, now.source);
}

/** Refuses files that the source of their service does not read: nothing would deploy them. */
export async function unreadFiles(candidate: Candidate): Promise<FileProblem[]> {
  const { clone, tree } = candidate;
  const sourced = await sourcedValues(candidate);
  const there = new Set(await clone.list(tree, VALUES));
  return sourced.flatMap(({ file, now }): FileProblem[] => {
    const wanted = valuesPath(file, now.source);
    // Argo CD reads the folder of a kustomization, whatever else is in it.
    const isBeside = (path: string) => now.source.kind === "kustomize" && path.startsWith(`${overlayFolder(file)}/`);
    const isOther = (path: string) => valuesPaths(file).includes(path) || isBeside(path);
    const others = [...there].filter((path) => path !== wanted && isOther(path));
    const source = `the source of ${file.service}, ${describeSource(now.source)}`;
    const fix = `Move it there, or correct source in ${declarationPath(file.service)}.`;
    return others.map((path) => ({
      file: path,
      message: `Got a file that ${source}, does not read; expected ${wanted}. ${fix}`,
    }));
  });
}
