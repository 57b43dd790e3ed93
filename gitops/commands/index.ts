import type { Command } from "commander";
import { addApprove } from "./approve";
import { addBreakGlass } from "./break-glass";
import { addBump } from "./bump";
import { addCheck } from "./check";
import { addFourEyes } from "./four-eyes";
import { addHistory } from "./history";
import { addPromote } from "./promote";
import { addRelease } from "./release";
import { addRender } from "./render";
import { addRollback } from "./rollback";
import { addStatus } from "./status";
import { addValidate } from "./validate";

/** Adds one command to the command line. */
export type AddCommand = (program: Command) => void;

/** Every command, in the order in which `gitops --help` lists them. */
export const commands: readonly AddCommand[] = [
  addStatus,
  addHistory,
  addBump,
  addPromote,
  addApprove,
  addRollback,
  addRelease,
  addBreakGlass,
  addRender,
  addValidate,
  addFourEyes,
  addCheck,
];
