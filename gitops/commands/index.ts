import type { Command } from "commander";
import { addCheck } from "./check";
import { addFourEyes } from "./four-eyes";
import { addRelease } from "./release";
import { addValidate } from "./validate";

/** Adds one command to the command line. */
export type AddCommand = (program: Command) => void;

/** Every command, in the order in which `gitops --help` lists them. */
export const commands: readonly AddCommand[] = [addRelease, addValidate, addFourEyes, addCheck];
