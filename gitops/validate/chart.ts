import { CHARTS } from "../../environments/service-name";
import { mapAtOnce } from "../at-once";
import { withChartFolder } from "../chart/folder";
import { lint, render } from "../chart/helm";
import { secretsIn } from "../../policy/secret-forms";
import { type ValuesFile, valuesPath } from "../values/files";
import { brokenRules, secretProblem } from "./broken-rules";
import { type Candidate, touchedValues } from "./candidate";
import { otherManifests, prefetchManifests } from "./manifests";
import type { Problem } from "./problem";

/** How many services Helm looks at side by side: one for each core of GitHub's runners. */
const AT_ONCE = 4;

/**
 * Has Helm check, by the chart's schema, and render the services that a change touches, with the charts that the branch
 * would have; applies rules of the policy pack to what it renders; and compares it with the manifests that `env/<name>`
 * has.
 */
export async function chart(candidate: Candidate): Promise<Problem[]> {
  const files = await touchedValues(candidate);
  if (files.length === 0) return [];
  const paths = [CHARTS, ...files.map(valuesPath)];
  await prefetchManifests(candidate, files);
  return withChartFolder(candidate.clone, candidate.tree, paths, async (folder) => {
    const problems: (Problem & { file: string })[] = [];
    const broken: Broken[] = [];
    await mapAtOnce(files, AT_ONCE, async (file) => {
      const name = valuesPath(file);
      const complaints = await lint(folder, file);
      const rendered = complaints.length > 0 ? undefined : await render(folder, file);
      if (rendered && "error" in rendered) complaints.push(rendered.error);
      if (rendered && "manifests" in rendered) {
        broken.push({ file, messages: brokenRules(rendered.manifests, file.service) });
        problems.push(...(await otherManifests(candidate, file.service, rendered.manifests)));
      }
      problems.push(...complaints.map((message) => ({ file: name, message })));
    });
    problems.push(...(await newlyBroken(candidate, broken)));
    // Whichever ended first, a report reads the same each time.
    return problems.sort((a, b) => (a.file < b.file ? -1 : 1));
  });
}

/** What rules say of a service's manifests. */
interface Broken {
  readonly file: ValuesFile;
  readonly messages: readonly string[];
}

/**
 * What a change breaks. What was broken before is not its doing: an image must not wait for that. Nor is a secret told
 * twice that stands in the values, which another check looks at.
 */
async function newlyBroken({ clone, base, tree }: Candidate, found: readonly Broken[]) {
  const broken = found.filter(({ messages }) => messages.length > 0);
  if (broken.length === 0) return [];
  const paths = broken.map(({ file }) => valuesPath(file));
  return withChartFolder(clone, base, [CHARTS, ...paths], async (folder) => {
    const problems: (Problem & { file: string })[] = [];
    const there = new Set(await clone.list(base, ...paths));
    for (const { file, messages } of broken) {
      const path = valuesPath(file);
      const before = there.has(path) ? await render(folder, file) : undefined;
      const known = before && "manifests" in before ? brokenRules(before.manifests, file.service) : [];
      const inValues = secretsIn((await clone.read(tree, path)) ?? "").map(({ name }) => secretProblem(name));
      const isNew = (text: string) => !known.includes(text) && !inValues.some((problem) => text.endsWith(problem));
      problems.push(...messages.filter(isNew).map((message) => ({ file: path, message })));
    }
    return problems;
  });
}
