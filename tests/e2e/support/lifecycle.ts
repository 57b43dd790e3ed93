/**
 * One sandbox for the whole end-to-end run, of its own (`.sandbox-e2e`), so that a person's sandbox is left alone. It
 * is started, stopped and forgotten by the commands that people type.
 */
import { npm } from "./platform";

/** Runs before the first test. What an interrupted run left is forgotten first. */
export async function mochaGlobalSetup(): Promise<void> {
  await npm("run", "reset");
  await npm("start");
}

/** Runs after the last test, which stopped it, or failed. The folder stays: its logs tell about a failure. */
export async function mochaGlobalTeardown(): Promise<void> {
  await npm("stop");
}
