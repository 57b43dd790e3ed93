import { CHARTS } from "../../environments/service-name";
import { mapAtOnce } from "../at-once";
import { withChartFolder } from "../chart/folder";
import { lint, render } from "../chart/helm";
import { type ValuesFile, valuesPath } from "../values/files";
import type { ResourceRules } from "../rules/resources";
import { type Broken, brokenRules } from "./broken-rules";
import { type Candidate, touchedValues } from "./candidate";
import { otherManifests, prefetchManifests } from "./manifests";
import type { SecretsOfFile } from "./plain-secrets";
import type { Problem } from "./problem";

/** How many services Helm looks at side by side: one for each core of GitHub's runners. */
const AT_ONCE = 4;

/**
 * Has Helm check, by the chart's schema, and render the services that a change touches, with the charts that the branch
 * would have; applies rules of the policy pack to what it renders; and compares it with the manifests that `env/<name>`
 * has.
 */
export async function chart(
  candidate: Candidate,
  rules: ResourceRules,
  secrets: readonly SecretsOfFile[],
): Promise<Problem[]> {
  const files = await touchedValues(candidate);
  if (files.length === 0) return [];
  const paths = [CHARTS, ...files.map(valuesPath)];
  await prefetchManifests(candidate, files);
  return withChartFolder(candidate.clone, candidate.tree, paths, async (folder) => {
    const problems: (Problem & { file: string })[] = [];
    const found: BrokenIn[] = [];
    await mapAtOnce(files, AT_ONCE, async (file) => {
      const name = valuesPath(file);
      const complaints = await lint(folder, file);
      const rendered = complaints.length > 0 ? undefined : await render(folder, file);
      if (rendered && "error" in rendered) complaints.push(rendered.error);
      if (rendered && "manifests" in rendered) {
        found.push({ file, broken: brokenRules(rendered.manifests, file.service, rules) });
        problems.push(...(await otherManifests(candidate, file.service, rendered.manifests)));
      }
      problems.push(...complaints.map((message) => ({ file: name, message })));
    });
    problems.push(...(await newlyBroken(candidate, rules, found, secrets)));
    // Whichever ended first, a report reads the same each time.
    return problems.sort((a, b) => (a.file < b.file ? -1 : 1));
  });
}

/** What rules say of a service's manifests. */
interface BrokenIn {
  readonly file: ValuesFile;
  readonly broken: readonly Broken[];
}

/**
 * What a change breaks. What was broken before is not its doing: an image must not wait for that. Nor is a secret told
 * twice that stands in the values, which another check looks at.
 */
async function newlyBroken(
  { clone, base }: Candidate,
  rules: ResourceRules,
  all: readonly BrokenIn[],
  secrets: readonly SecretsOfFile[],
) {
  const found = all.filter(({ broken }) => broken.length > 0);
  if (found.length === 0) return [];
  const paths = found.map(({ file }) => valuesPath(file));
  return withChartFolder(clone, base, [CHARTS, ...paths], async (folder) => {
    const problems: (Problem & { file: string })[] = [];
    const there = new Set(await clone.list(base, ...paths));
    for (const { file, broken } of found) {
      const path = valuesPath(file);
      const rendered = there.has(path) ? await render(folder, file) : undefined;
      const before = rendered && "manifests" in rendered ? brokenRules(rendered.manifests, file.service, rules) : [];
      const ofValues = secrets.filter((each) => valuesPath(each.file) === path).flatMap(({ after }) => after);
      const known = new Set(before.map(({ message }) => message));
      const knownSecrets = new Set([...before, ...ofValues].map(({ secret }) => secret));
      const isNew = ({ message, secret }: Broken) =>
        secret === undefined ? !known.has(message) : !knownSecrets.has(secret);
      const messages = new Set(broken.filter(isNew).map(({ message }) => message));
      problems.push(...[...messages].map((message) => ({ file: path, message })));
    }
    return problems;
  });
}
