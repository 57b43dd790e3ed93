import { RULES_PATH } from "../../contract/paths";
import { isMap, isScalar, isSeq, type LineCounter, type Node } from "yaml";
import { formatProblem, show, suggest } from "../../environments/problems";
import type { Problem } from "../validate/report";

/** Takes what is wrong with the file. */
export interface Report {
  readonly lines: LineCounter;
  readonly problems: Problem[];
}

/** A value in the file, with its key. What is wrong with it goes into the file's one report. */
export class Entry {
  constructor(
    private readonly node: Node | null | undefined,
    /** As a person writes it: `tags.patterns[1]`. */
    readonly key: string,
    private readonly report: Report,
    /** Where the key is, for a value that is not there. */
    private readonly offset = 0,
  ) {}

  /** The known keys that are there. Any other is a problem. A mapping whose lines are all comments has none. */
  keys<K extends string>(known: readonly K[]): Partial<Record<K, Entry>> {
    if (this.isNothing()) return {};
    if (!isMap(this.node)) {
      this.problem("a mapping", `Write one of ${known.join(", ")} below it.`);
      return {};
    }
    const found: Partial<Record<K, Entry>> = {};
    for (const { key, value } of this.node.items) {
      const name = isScalar(key) ? String(key.value) : "";
      const offset = (key as Node | null)?.range?.[0];
      const entry = new Entry(
        value as Node | null,
        this.key === "" ? name : `${this.key}.${name}`,
        this.report,
        offset,
      );
      const match = known.find((each) => each === name);
      if (match !== undefined) found[match] = entry;
      else entry.problem("no such key", suggest(name, known));
    }
    return found;
  }

  /** The entries of a list. Nothing is no list: it could mean the default as well as none. */
  list(fix: string): Entry[] {
    if (isSeq(this.node)) {
      return this.node.items.map((item, index) => {
        return new Entry(item as Node | null, `${this.key}[${index}]`, this.report, this.place());
      });
    }
    this.problem("a list", `${fix} Write [] for none, or leave the key out for the default.`);
    return [];
  }

  /** A text that is not empty; undefined where it is something else. */
  text(expected: string, fix: string): string | undefined {
    const value = isScalar(this.node) ? this.node.value : undefined;
    if (typeof value === "string" && value !== "") return value;
    this.problem(expected, fix);
    return undefined;
  }

  /** True or false; undefined where it is something else. */
  flag(): boolean | undefined {
    const value = isScalar(this.node) ? this.node.value : undefined;
    if (typeof value === "boolean") return value;
    this.problem("true or false", "Write one of them.");
    return undefined;
  }

  /** Reports what is wrong with the value. */
  problem(expected: string, fix: string): void {
    const { lines, problems } = this.report;
    const { line, col } = lines.linePos(this.place());
    const got = this.isNothing() ? "nothing" : show(this.node?.toJSON());
    const message = formatProblem({ key: this.key === "" ? "the file" : this.key, got, expected, fix });
    problems.push({ file: RULES_PATH, line: Math.max(1, line), column: Math.max(1, col), message });
  }

  private isNothing(): boolean {
    return !this.node || (isScalar(this.node) && this.node.value === null);
  }

  private place(): number {
    return this.isNothing() ? this.offset : (this.node?.range?.[0] ?? this.offset);
  }
}
