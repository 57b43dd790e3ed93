import { createColors } from "picocolors";
import type { Command, Counts, EngineEvent, Operation } from "./model/events";

/** Where output goes. Each function receives a string that ends in a line break. */
export interface Streams {
  /** The result: resources and outputs. */
  data: (text: string) => void;
  /** Progress: notices and the program's messages. */
  status: (text: string) => void;
  /** Whether to use ANSI colours. */
  color: boolean;
}

/** Pulumi's symbols, three columns wide. */
const SYMBOLS: Record<Operation, string> = {
  same: "   ",
  create: " + ",
  update: " ~ ",
  replace: "+-",
  delete: " - ",
  import: " = ",
};

const DONE: Record<Operation, string> = {
  same: "unchanged",
  create: "created",
  update: "updated",
  replace: "replaced",
  delete: "deleted",
  import: "imported",
};

/**
 * Whether output to this stream should be coloured: it is a terminal, not a CI log, and NO_COLOR (no-color.org) is
 * unset.
 */
export function wantsColor(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !env.NO_COLOR && !env.CI && env.TERM !== "dumb";
}

/** Returns a reporter that prints a run's events in the style of the Pulumi CLI. */
export function printer(command: Command, { data, status, color }: Streams): (event: EngineEvent) => void {
  const paint = createColors(color);
  const colors: Record<Operation, (text: string) => string> = {
    same: paint.dim,
    create: paint.green,
    update: paint.yellow,
    replace: paint.magenta,
    delete: paint.red,
    import: paint.blue,
  };
  return (event) => {
    switch (event.kind) {
      case "notice":
        status(`${paint.dim(event.message)}\n\n`);
        break;
      case "log":
        status(event.severity === "warning" ? `${paint.yellow("warning:")} ${event.message}\n` : `${event.message}\n`);
        break;
      case "resource": {
        if (event.operation === "same") break;
        const done = command === "preview" ? event.operation : DONE[event.operation];
        const result =
          event.status === "failed" ? paint.red("failed") : done + (event.retained === true ? " [retain]" : "");
        const symbol = colors[event.operation](SYMBOLS[event.operation].padStart(3));
        data(`${symbol} ${event.type} ${event.name} ${result}\n`);
        if (command === "preview") for (const path of event.paths) data(paint.dim(`      ~ ${path}\n`));
        break;
      }
      case "summary":
        data(summary(event.command, event.counts, event.outputs, event.seconds, colors));
    }
  };
}

function summary(
  command: Command,
  counts: Counts,
  outputs: Record<string, unknown>,
  seconds: number,
  colors: Record<Operation, (text: string) => string>,
): string {
  const changed = (Object.keys(counts) as Operation[]).filter((name) => name !== "same" && counts[name] > 0);
  const words = (name: Operation) => (command === "preview" ? `to ${name}` : DONE[name]);
  const lines = changed.map((name) => colors[name](`    ${SYMBOLS[name].trim()} ${counts[name]} ${words(name)}`));
  const total = changed.reduce((sum, name) => sum + counts[name], 0);
  const rest = [
    ...(changed.length > 1 ? [`${total} changes.`] : []),
    ...(counts.same > 0 ? [`${counts.same} unchanged`] : []),
  ];
  if (rest.length > 0) lines.push(`    ${rest.join(" ")}`);
  if (lines.length === 0) lines.push("    none");
  const shownOutputs = Object.entries(outputs).map(([key, value]) => `    ${key}: ${outputText(value)}`);
  const outputPart = shownOutputs.length > 0 ? `\nOutputs:\n${shownOutputs.join("\n")}\n` : "";
  return `${outputPart}\nResources:\n${lines.join("\n")}\n\nDuration: ${Math.max(1, Math.round(seconds))}s\n`;
}

/**
 * Formats a value as JSON, indented under its key. The placeholders of secrets and unknown values have no quotes, which
 * distinguishes them from ordinary strings.
 */
function outputText(value: unknown): string {
  const json = JSON.stringify(value, null, 4);
  return json.replaceAll(/"(\[(?:secret|unknown)\])"/g, "$1").replaceAll("\n", "\n    ");
}
