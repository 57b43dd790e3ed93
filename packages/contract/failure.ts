/** An error that the user can fix. Its message is printed without a stack trace, and the exit code is 1. */
export class Failure extends Error {
  /** @param reasons Complete messages: key, value, rule and how to fix it. */
  constructor(...reasons: string[]) {
    super(reasons.join("\n"));
    this.name = "Failure";
  }
}
