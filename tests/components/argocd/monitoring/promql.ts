import { parser } from "@prometheus-io/lezer-promql";
import { metricOf, type Metric, type RecordedMetrics } from "@gitops-platform/test-support/argocd/metrics";

type SyntaxNode = ReturnType<typeof parser.parse>["topNode"];

/** The labels that Prometheus gives to what it scrapes through a ServiceMonitor, and to `up`. */
const TARGET_LABELS = ["job", "namespace", "service", "pod", "container", "endpoint", "instance"];

/** One selector of an expression, such as `up{job="x"}`. */
export interface Selector {
  readonly name: string;
  readonly matchers: readonly { readonly label: string; readonly operator: string; readonly value: string }[];
  /** The function that is called on it. Undefined: none, or one on more than it. */
  readonly call: string | undefined;
  /** The labels of the aggregations around it. */
  readonly groupedBy: readonly string[];
}

/** The selectors of an expression of Prometheus, with Grafana's variables. Throws if it does not parse. */
export function selectorsOf(expression: string): Selector[] {
  const text = textOf(expression);
  const tree = parser.parse(text);
  const selectors: Selector[] = [];
  const read = ({ from, to }: { readonly from: number; readonly to: number }) => text.slice(from, to);
  const childrenOf = (node: SyntaxNode, name: string) => node.getChildren(name);
  tree.iterate({
    enter({ type, name, node }) {
      if (type.isError) throw new Error(`${text}: it does not parse at column ${node.from + 1}.`);
      if (name !== "VectorSelector") return;
      const matchers = childrenOf(node, "LabelMatchers").flatMap((list) => childrenOf(list, "UnquotedLabelMatcher"));
      const above = ancestors(node);
      const call = above.find((each) => each.name !== "MatrixSelector" && each.name !== "FunctionCallBody");
      const callee = call?.name === "FunctionCall" ? call.getChild("FunctionIdentifier") : null;
      selectors.push({
        name: childrenOf(node, "Identifier").map(read).join(""),
        matchers: matchers.map((matcher) => ({
          label: childrenOf(matcher, "LabelName").map(read).join(""),
          operator: childrenOf(matcher, "MatchOp").map(read).join(""),
          value: childrenOf(matcher, "StringLiteral").map(read).join("").slice(1, -1),
        })),
        call: callee ? read(callee) : undefined,
        groupedBy: above
          .filter((each) => each.name === "AggregateExpr")
          .flatMap((each) => childrenOf(each, "AggregateModifier"))
          .flatMap((each) => childrenOf(each, "GroupingLabels"))
          .flatMap((each) => childrenOf(each, "LabelName"))
          .map(read),
      });
    },
  });
  return selectors;
}

function textOf(expression: string): string {
  return expression.replaceAll("$__rate_interval", "5m");
}

/** Calls of `absent` on more than a selector: their value has no labels, so an alert cannot say what is absent. */
function absentWithoutLabels(expression: string): string[] {
  const text = textOf(expression);
  const found: string[] = [];
  parser.parse(text).iterate({
    enter({ name, node }) {
      if (name !== "FunctionCall") return;
      const callee = node.getChild("FunctionIdentifier");
      const argument = node.getChild("FunctionCallBody")?.firstChild;
      if (!callee || !argument || !text.slice(callee.from, callee.to).startsWith("absent")) return;
      if (!["VectorSelector", "MatrixSelector"].includes(argument.name)) {
        found.push(`${text.slice(node.from, node.to)}: its value has no labels`);
      }
    },
  });
  return found;
}

function ancestors(node: SyntaxNode): SyntaxNode[] {
  return node.parent ? [node.parent, ...ancestors(node.parent)] : [];
}

/** A metric of a process that an expression uses. */
export interface Use {
  readonly process: string;
  readonly metric: string;
}

/** The metrics that an expression uses, apart from `up`, which Prometheus makes itself. */
export function usesOf(expression: string): Use[] {
  return selectorsOf(expression)
    .filter(({ name }) => name !== "up")
    .flatMap((selector) =>
      jobsOf(selector).map((process) => ({ process, metric: selector.name.replace(/_bucket$/, "") })),
    );
}

/** What is wrong with an expression: metrics or labels that no process has, and functions of another type. */
export function problemsOf(expression: string, { processes }: RecordedMetrics): string[] {
  const ofSelectors = selectorsOf(expression).flatMap((selector) => {
    const { name, matchers, call, groupedBy } = selector;
    const jobs = jobsOf(selector);
    if (jobs.length === 0) return [`${name}: it names no job`];
    const labels = [...matchers.map(({ label }) => label), ...groupedBy];
    if (name === "up") return unknown(name, labels, TARGET_LABELS);
    return jobs.flatMap((job) => {
      const metrics = new Map(Object.entries(processes[job] ?? {}));
      const base = metricOf(name, metrics);
      const metric = base === undefined ? undefined : metrics.get(base);
      if (base === undefined || !metric) return [`${name}: ${job} has no such metric`];
      const own = name.endsWith("_bucket") ? ["le", ...metric.labels] : metric.labels;
      return [
        ...(metric.type === "histogram" && base === name
          ? [`${name}: a histogram has only _bucket, _sum and _count`]
          : []),
        ...unknown(name, labels, [...own, ...TARGET_LABELS]),
        ...wrongCall(name, metric, call),
      ];
    });
  });
  return [...absentWithoutLabels(expression), ...ofSelectors];
}

function jobsOf({ matchers }: Selector): string[] {
  return matchers.filter(({ label }) => label === "job").flatMap(({ value }) => value.split("|"));
}

function unknown(name: string, labels: readonly string[], known: readonly string[]): string[] {
  return labels.filter((label) => !known.includes(label)).map((label) => `${name}: it has no label ${label}`);
}

/** A counter only ever grows, so its value says nothing; a gauge also falls, so its growth says nothing. */
function wrongCall(name: string, { type }: Metric, call: string | undefined): string[] {
  const isGrowth = ["rate", "increase", "irate"].includes(call ?? "");
  const isCounted = type === "counter" || type === "histogram";
  return isGrowth === isCounted ? [] : [`${name}: ${call ?? "its value"} of a ${type}`];
}
