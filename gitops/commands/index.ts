import type { Command } from "commander";
import { addApprove } from "./approve";
import { addBump } from "./bump";
import { addPromote } from "./promote";
import { addRollback } from "./rollback";

/** Adds one command to the command line. */
export type AddCommand = (program: Command) => void;

/** Every command, in the order in which `gitops --help` lists them. */
export const commands: readonly AddCommand[] = [addBump, addPromote, addApprove, addRollback];
