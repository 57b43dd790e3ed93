import { isMap, isScalar, isSeq, type LineCounter, type Node } from "yaml";
import { formatProblem, show, suggest } from "@gitops-platform/contract/problems";

/** Collects the problems of a file. */
export interface Report {
  /** The path in the repository. */
  readonly file: string;
  readonly lines: LineCounter;
  readonly problems: FileProblem[];
}

/** A value in the file, with its key. Its problems are added to the file's report. */
export class Entry {
  constructor(
    private readonly node: Node | null | undefined,
    /** The path of the key, such as `tags.patterns[1]`. */
    readonly key: string,
    private readonly report: Report,
    /** The offset of the key, for a missing value. */
    private readonly offset = 0,
  ) {}

  /** The entries of the known keys. Any other key is a problem. */
  keys<K extends string>(known: readonly K[]): Partial<Record<K, Entry>> {
    const found: Partial<Record<K, Entry>> = {};
    for (const [name, entry] of this.entries(`Write one of ${known.join(", ")} below it.`)) {
      const match = known.find((each) => each === name);
      if (match !== undefined) found[match] = entry;
      else entry.problem("no such key", suggest(name, known));
    }
    return found;
  }

  /** The entries of a mapping with any keys; none for a missing value. */
  entries(fix: string): [name: string, entry: Entry][] {
    if (this.isNothing()) return [];
    if (!isMap(this.node)) {
      this.problem("a mapping", fix);
      return [];
    }
    return this.node.items.map(({ key, value }) => {
      const name = isScalar(key) ? String(key.value) : "";
      const offset = (key as Node | null)?.range?.[0];
      const path = this.key === "" ? name : `${this.key}.${name}`;
      return [name, new Entry(value as Node | null, path, this.report, offset)];
    });
  }

  /**
   * The entries of a list. A missing value is a problem, because it could mean the default or an empty list.
   * @param none How to write an empty list.
   */
  list(fix: string, none = "Write [] for none, or leave the key out for the default."): Entry[] {
    if (isSeq(this.node)) {
      return this.node.items.map((item, index) => {
        return new Entry(item as Node | null, `${this.key}[${index}]`, this.report, this.place());
      });
    }
    this.problem("a list", `${fix} ${none}`);
    return [];
  }

  /** A text that is not empty; undefined for anything else, which is a problem. */
  text(expected: string, fix: string): string | undefined {
    const value = isScalar(this.node) ? this.node.value : undefined;
    if (typeof value === "string" && value !== "") return value;
    this.problem(expected, fix);
    return undefined;
  }

  /** True or false; undefined for anything else, which is a problem. */
  flag(): boolean | undefined {
    const value = isScalar(this.node) ? this.node.value : undefined;
    if (typeof value === "boolean") return value;
    this.problem("true or false", "Write one of them.");
    return undefined;
  }

  /** Reports a problem of the value. */
  problem(expected: string, fix: string): void {
    const { file, lines, problems } = this.report;
    const { line, col } = lines.linePos(this.place());
    const got = this.isNothing() ? "nothing" : show(this.node?.toJSON());
    const message = formatProblem({ key: this.key === "" ? "the file" : this.key, got, expected, fix });
    problems.push({ file, line: Math.max(1, line), column: Math.max(1, col), message });
  }

  private isNothing(): boolean {
    return !this.node || (isScalar(this.node) && this.node.value === null);
  }

  private place(): number {
    return this.isNothing() ? this.offset : (this.node?.range?.[0] ?? this.offset);
  }
}

/** Something that must be corrected before a change may be merged. */
export interface FileProblem {
  /** The path in the repository; undefined for a problem of the whole change. */
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  /** From 1. */
  readonly column?: number;
  /** Complete sentences: what is wrong, what is expected, and how to fix it. */
  readonly message: string;
}
