import { type AddCommand, commands } from ".";
import { addBoard } from "./board";
import { addHistory } from "./history";
import { addHistoryInPlots } from "./history-in-plots";
import { addPlatform } from "./platform";
import { addPreflight } from "./preflight";
import { addStatus } from "./status";
import { addStatusOfClusters } from "./status-of-clusters";

/** Commands that can do more in a checkout. */
const INSTEAD = new Map<AddCommand, AddCommand>([
  [addStatus, addStatusOfClusters],
  [addHistory, addHistoryInPlots],
]);

/**
 * The commands of a checkout of this project: those of the bundle, and what needs the project's own files or packages
 * that are too large for the bundle.
 */
export const projectCommands: readonly AddCommand[] = [
  ...commands.map((add) => INSTEAD.get(add) ?? add),
  addBoard,
  addPlatform,
  addPreflight,
];
