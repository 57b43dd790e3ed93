import type { Command } from "commander";
import { addApprove } from "./approve";
import { addBreakGlass } from "./break-glass";
import { addBump } from "./bump";
import { addCheck } from "./check";
import { addFourEyes } from "./four-eyes";
import { addHistory, type WritePlots } from "./history";
import { addLand } from "./land";
import { addPromote } from "./promote";
import { addRelease } from "./release";
import { addRender } from "./render";
import { addRollback } from "./rollback";
import { addServiceCommands } from "./service";
import { addStatus, type AskClusters } from "./status";
import { addValidate } from "./validate";

/** Adds one command to the command line. */
export type AddCommand = (program: Command) => void;

/** What commands can do only in a checkout of this project (checkout.ts). */
interface CheckoutParts {
  readonly askClusters: AskClusters;
  readonly writePlots: WritePlots;
}

/**
 * The commands of the bundle and of a checkout, in the order in which `gitops --help` lists them.
 * @param parts undefined: this is the bundle, which refuses the options that need them.
 */
export function commands(parts?: CheckoutParts): readonly AddCommand[] {
  return [
    (program) => {
      addStatus(program, parts?.askClusters);
    },
    (program) => {
      addHistory(program, parts?.writePlots);
    },
    addBump,
    addLand,
    addPromote,
    addApprove,
    addRollback,
    addRelease,
    addBreakGlass,
    addRender,
    addServiceCommands,
    addValidate,
    addFourEyes,
    addCheck,
  ];
}
