import { CHARTS } from "../../environments/service-name";
import { withChartFolder } from "../chart/folder";
import { lint, render } from "../chart/helm";
import { valuesPath } from "../values/files";
import { type Candidate, touchedValues } from "./candidate";
import type { Problem } from "./problem";

/** How many services Helm looks at side by side: one for each core of GitHub's runners. */
const AT_ONCE = 4;

/** Has Helm check, by the chart's schema, and render the services that a change touches, with the charts that the branch would have. */
export async function chart(candidate: Candidate): Promise<Problem[]> {
  const files = await touchedValues(candidate);
  if (files.length === 0) return [];
  const paths = [CHARTS, ...files.map(valuesPath)];
  return withChartFolder(candidate.clone, candidate.tree, paths, async (folder) => {
    const problems: (Problem & { file: string })[] = [];
    const rest = [...files];
    const work = async () => {
      for (let file = rest.shift(); file; file = rest.shift()) {
        const name = valuesPath(file);
        const complaints = await lint(folder, file);
        const rendered = complaints.length > 0 ? undefined : await render(folder, file);
        if (rendered && "error" in rendered) complaints.push(rendered.error);
        problems.push(...complaints.map((message) => ({ file: name, message })));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    // Whichever ended first, a report reads the same each time.
    return problems.sort((a, b) => (a.file < b.file ? -1 : 1));
  });
}
