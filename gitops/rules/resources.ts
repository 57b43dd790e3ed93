import type { Entry } from "./entry";

/** What services must say of their resources beyond what the chart's schema asks for. */
export interface ResourceRules {
  /** Whether each container must have a CPU limit. */
  readonly cpuLimit: "required" | "optional";
}

/**
 * Reads the section `resources`. A CPU limit is optional by default: without one, CPU that is short is shared in
 * proportion to the requests, while a limit throttles a container even on an idle node.
 */
export function readResources(section: Entry | undefined): ResourceRules {
  const { cpuLimit } = section?.keys(["cpuLimit"]) ?? {};
  const rule = cpuLimit?.text("required or optional", "Write one of them.");
  if (rule === undefined || rule === "optional") return { cpuLimit: "optional" };
  if (rule !== "required") cpuLimit?.problem("required or optional", "Write one of them.");
  return { cpuLimit: "required" };
}
