/**
 * Runs a command of the sandbox. An error is printed as one message on stderr, without a stack trace, and the exit code
 * is 1. If DEBUG is set, the stack trace is printed too.
 */
export function runCommand(command: () => Promise<void>): void {
  command().catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`\n${message}\n`);
    if (process.env.DEBUG && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
    process.exitCode = 1;
  });
}
