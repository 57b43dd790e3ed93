/**
 * The whole end-to-end run uses one sandbox of its own (`.sandbox-e2e`), so that the user's sandbox is not affected. It
 * is started, stopped and reset with the same commands that users run.
 */
import { npm } from "./platform";

/** Runs before the first test. The reset removes what an interrupted run left. */
export async function mochaGlobalSetup(): Promise<void> {
  await npm("run", "reset");
  await npm("start");
}

/** Runs after the last test, even if tests failed. The folder stays, because its logs explain failures. */
export async function mochaGlobalTeardown(): Promise<void> {
  await npm("stop");
}
