import { type AddCommand, commands } from ".";
import { addPlatform } from "./platform";
import { addPreflight } from "./preflight";
import { addStatus } from "./status";
import { addStatusOfClusters } from "./status-of-clusters";

/**
 * The commands of a checkout of this project: those of the bundle, and what needs the project's own files or packages that are too large
 * for the bundle.
 */
export const projectCommands: readonly AddCommand[] = [
  ...commands.map((add) => (add === addStatus ? addStatusOfClusters : add)),
  addPlatform,
  addPreflight,
];
