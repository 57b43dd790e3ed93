/**
 * What a person or a workflow can do something about: its message is shown as it is, without a stack trace; exit code
 * 1.
 */
export class Failure extends Error {
  /** @param reasons Each a whole sentence: key, value, rule, way out. */
  constructor(...reasons: string[]) {
    super(reasons.join("\n"));
    this.name = "Failure";
  }
}
