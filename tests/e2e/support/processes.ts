import assert from "node:assert/strict";
import { readStatus } from "@gitops-platform/sandbox/supervisor/status-file";
import { paths } from "./platform";

/** The process id of a program that the sandbox keeps running. */
export function pidOf(name: string): number {
  const found = readStatus(paths.supervisor)?.processes.find((each) => each.name === name)?.pid;
  return found ?? assert.fail(`${name} is not running`);
}
