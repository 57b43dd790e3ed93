import type { Measurements, RecordedFigure, RecordedPart } from "./record";

/** What each part measures, in the page's order. */
const PARTS: Readonly<Record<string, { readonly heading: string; readonly about: string }>> = {
  deliveries: {
    heading: "From a merge until the cluster has it",
    about:
      "Each round merges another version of the API service into `main`, and ends when dev's Deployment has it. By " +
      "hand, the same change is `git push`, `helm template` and `kubectl apply --server-side`, one after the other: " +
      "no way of delivering this chart takes less.",
  },
  heals: {
    heading: "From an edit in the cluster until it is reverted",
    about:
      "All edits are on one revision, so that a growing back-off would show. A controller that keeps changing an " +
      "object is met by one heal a second at most, so an edit right after a heal stays for about a second.",
  },
  rivals: {
    heading: "Beside Argo CD as others set it up",
    about:
      "The same merge and the same edits on the same cluster, after dev's Argo CD got the settings of others. Where " +
      "it polls, a merge comes at any moment between two polls.",
  },
  guarded: {
    heading: "What the guard costs",
    about: "The same work by turns with the guard's bindings and without them.",
  },
  fleet: {
    heading: "With many services",
    about:
      "One cluster with ten services, and then with a thousand, each with its own AppProject, namespace and " +
      "Application. Each round merges another version of one of them.",
  },
  bootstrap: {
    heading: "Starting",
    about:
      "`up` of the stack staging on an empty cluster, beside the same objects by `kubectl apply --server-side`; and " +
      "`npm start` until the Applications of three environments are Synced and Healthy.",
  },
  evaluations: {
    heading: "The program",
    about: "The evaluation of each stack without a cluster, and the objects that deliver 1,000 services.",
  },
  commands: { heading: "Commands", about: "Each in a process of its own." },
  histories: {
    heading: "With a long history",
    about: "What commands fetch and read of a repository with 50,000 commits and 2,000 branches, beside one with 100.",
  },
};

/** The page docs/performance.md. */
export function page(measurements: Measurements): string {
  const parts = Object.entries(PARTS).flatMap(([name, { heading, about }]) => {
    const part = measurements[name];
    return part ? [`## ${heading}\n\n${wrap(about)}\n\n${partText(name, part)}`] : [];
  });
  return `# Performance

<!-- Written by \`npm run bench -- --write\` from performance.json. -->

${wrap(
  "How long things take, each beside what it is compared with in the same run. The sandbox runs everything on one " +
    "machine: the Git host, the workflows, three clusters and three Argo CDs. So these figures compare; they do not " +
    "predict yours. A ratio is a p50 divided by that of the row without one: the least that the work can take, or " +
    "the smaller of two cases.",
)}

![The p50 of merges and of reverted edits, with a line to the p95, on a logarithmic scale](pictures/performance.svg)

${parts.join("\n\n")}
`;
}

/** What a part measured, as Markdown. */
export function partText(name: string, part: RecordedPart): string {
  const { day, commit, machine, figures, notes } = part;
  return [
    figuresTable(Object.values(figures)),
    ...(notes === undefined ? [] : [notes]),
    `\`npm run bench -- ${name}\`, ${day}, commit ${commit}, ${machine}.`,
  ].join("\n\n");
}

/** All figures as one table: each series in a row, below the figure that it is of. */
function figuresTable(figures: readonly RecordedFigure[]): string {
  const head = ["what", "", "rounds", "p50", "p95", "max", "ratio", "goal"];
  return markdown(
    head,
    figures.flatMap(({ title, goal, baseline = "floor", series }) => {
      const all = Object.values(series);
      const compared = series[baseline];
      return all.map((each, index) => [
        ...(index === 0 ? [title, all.length > 1 ? each.label : ""] : ["", each.label]),
        ...[String(each.n), duration(each.p50), duration(each.p95), duration(each.max)],
        each === compared || compared === undefined ? "" : `${(each.p50 / compared.p50).toFixed(2)}×`,
        index === 0 ? goalText(goal) : "",
      ]);
    }),
  );
}

function goalText(goal: RecordedFigure["goal"] = {}): string {
  return Object.entries(goal)
    .map(([share, most]) => `${share} ≤ ${duration(most)}`)
    .join(", ");
}

/** A Markdown table, aligned as Prettier does it. */
export function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => (cells[column] ?? "").padEnd(width)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

/** Milliseconds, with three digits where they are few. */
export function duration(milliseconds: number): string {
  if (milliseconds < 100) return `${milliseconds.toFixed(1)} ms`;
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
}

/** Lines of at most 120 columns. */
function wrap(text: string): string {
  return text.replace(/(.{1,120})(?: |$)/g, "$1\n").trimEnd();
}
