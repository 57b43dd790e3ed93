import { sameImage } from "../../status/alarms";
import type { Cell, CellState } from "./board";

/** What a cell's state follows from. */
type Facts = Pick<Cell, "declared" | "runs" | "problems" | "alarms" | "findings">;

/** How a service is in one environment: the worst that is known of it. */
export function cellState({ declared, runs, problems, alarms, findings }: Facts): CellState {
  if (runs.state === "out of reach") return "out of reach";
  if (runs.state === "nothing known") return declared === null ? "absent" : "unknown";
  const { health, drift, sync, image } = runs.value;
  if (alarms.length > 0 || health === "Degraded" || health === "Suspended" || problems.length > 0) return "broken";
  if (findings.length > 0) return "undeclared";
  if (drift === true) return "drift";
  const differs =
    image !== null && declared?.image !== undefined && declared.image !== null && !sameImage(declared, runs.value);
  if (health === "Progressing" || sync === "OutOfSync" || differs) return "moving";
  if (health === "Missing") return "broken";
  return health === "Healthy" ? "healthy" : "unknown";
}
