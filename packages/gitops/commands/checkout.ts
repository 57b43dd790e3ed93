import { type AddCommand, commands } from "./";
import { writePlots } from "../plots/page";
import { addBoard } from "./board";
import { askClusters } from "./clusters";
import { addPlatform } from "./platform";
import { addPreflight } from "./preflight";

/**
 * The commands of `npx gitops` in a checkout of this project. The bundle in the GitOps repository has fewer, so that it
 * stays small: it lacks the Kubernetes client, the plots and the board, and what reads files of the project.
 */
export const checkoutCommands: readonly AddCommand[] = [
  ...commands({ askClusters, writePlots }),
  addBoard,
  addPlatform,
  addPreflight,
];
