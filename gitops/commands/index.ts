import type { Command } from "commander";
import { history } from "./history";
import { status } from "./status";

/** Adds one command to the command line. */
export type AddCommand = (program: Command) => void;

/** Every command, in the order in which `gitops --help` lists them. */
export const commands: readonly AddCommand[] = [status, history];
