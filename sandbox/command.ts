/**
 * Runs a command of the sandbox: a failure is one message on stderr and exit code 1, without a stack trace.
 * With DEBUG set, the stack trace is shown too.
 */
export function runCommand(command: () => Promise<void>): void {
  command().catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`\n${message}\n`);
    if (process.env.DEBUG && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
    process.exitCode = 1;
  });
}
