import { CHARTS } from "@gitops-platform/contract/paths";
import type { FileProblem } from "@gitops-platform/rules/entry";
import { treeEntries } from "../chart/folder";
import { contentDigest, originPath, parseOriginPath, readOrigin } from "../chart/origin";
import type { Candidate } from "./candidate";

/** Refuses a chart whose files differ from its origin's digest, and an origin that cannot be read. */
export async function origins(candidate: Candidate): Promise<FileProblem[]> {
  const { clone, tree, changes } = candidate;
  const touched = new Set(
    changes.flatMap(({ path }) => {
      const [folder, chart = ""] = path.split("/");
      return folder === CHARTS ? [parseOriginPath(path) ?? chart] : [];
    }),
  );
  if (touched.size === 0) return [];
  const present = new Set(await clone.list(tree, CHARTS));
  const names = [...touched].filter((name) => present.has(originPath(name))).sort();
  return (await Promise.all(names.map((name) => originProblems(candidate, name)))).flat();
}

async function originProblems({ clone, tree, changes }: Candidate, name: string): Promise<FileProblem[]> {
  const file = originPath(name);
  const { origin, problems } = readOrigin((await clone.read(tree, file)) ?? "", file);
  if (!origin) return problems;
  const folder = `${CHARTS}/${name}/`;
  const entries = await treeEntries(clone, tree, [folder]);
  const contents = await clone.readBytes(entries.map(({ blob }) => blob));
  const files = entries.map(({ path, blob }) => [path.slice(folder.length), contents.get(blob) ?? ""] as const);
  if (contentDigest(new Map(files)) === origin.content) return [];
  const edited = changes.map(({ path }) => path).filter((path) => path.startsWith(folder));
  const named = edited.length > 5 ? [...edited.slice(0, 5), `${edited.length - 5} more`] : edited;
  const got = edited.length > 0 ? `other files than its archive (${named.join(", ")})` : "other files than its archive";
  const from = `${origin.chart} ${origin.version} of ${origin.from}`;
  const fix =
    `Restore them, take another version with gitops chart update ${name}, ` +
    "or delete this file: then the chart is yours.";
  return [{ file, message: `content: got ${CHARTS}/${name} with ${got}; expected ${from} unchanged. ${fix}` }];
}
