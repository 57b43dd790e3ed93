import { type AddCommand, commands } from "./";
import { writePlots } from "../plots/page";
import { addBoard } from "./board";
import { addChartCommands } from "./chart";
import { askClusters } from "./clusters";
import { addInit } from "./init";
import { addPlatform, addPreflight } from "./platform";

/**
 * The commands of `npx gitops` in a checkout of this project. The bundle in the GitOps repository has fewer, so that it
 * stays small: it lacks the Kubernetes client, the plots, the board, what fetches charts, and what reads or writes
 * files of the project.
 */
export const checkoutCommands: readonly AddCommand[] = [
  ...commands({ askClusters, writePlots }),
  addInit,
  addBoard,
  addPlatform,
  addChartCommands,
  addPreflight,
];
