/**
 * The sandbox of the end-to-end tests, started from a clean state and stopped at the end; then the table of all
 * attacks.
 */
import * as sandbox from "../../e2e/support/lifecycle";
import { sandboxFolder } from "../../e2e/support/platform";
import { closeTable } from "./table";

export const mochaGlobalSetup = sandbox.mochaGlobalSetup;

/** Runs after the last test. */
export async function mochaGlobalTeardown(): Promise<void> {
  try {
    await sandbox.mochaGlobalTeardown();
  } finally {
    closeTable(sandboxFolder);
  }
}
