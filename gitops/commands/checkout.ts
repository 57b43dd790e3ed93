import { type AddCommand, commands } from ".";
import { platform } from "./platform";
import { preflight } from "./preflight";
import { status } from "./status";
import { statusOfClusters } from "./status-of-clusters";

/**
 * The commands of a checkout of this project: those of the bundle, and what needs the project's own files or packages that are too large
 * for the bundle.
 */
export const checkoutCommands: readonly AddCommand[] = [
  ...commands.map((add) => (add === status ? statusOfClusters : add)),
  platform,
  preflight,
];
