/** Something that keeps a change from being let in. */
export interface Problem {
  /** The path in the repository that it is about; undefined: the change as a whole. */
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  /** From 1. */
  readonly column?: number;
  /** Whole sentences: what is wrong, what is expected, the way out. */
  readonly message: string;
}
