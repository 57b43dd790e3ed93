import { TYPES } from "../kubernetes";
import { formatValue } from "@gitops-platform/contract/values/plain";
import { resourcesOfType, type ResourceRule } from "../rule";

interface Window {
  kind?: string;
  schedule?: string;
}

/** A deny window also stops self-healing, and an allow window stops it at all other times. */
export const syncWindowsLetHealingThrough: ResourceRule = {
  name: "sync-windows-let-healing-through",
  displayName: "No sync window stops healing",
  description: "An AppProject has no sync windows, because live edits are not reverted while one denies syncs.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps:
    "Remove the window. For a freeze, use a required check on env/<environment>: it stops releases, but not healing.",
  url: "https://argo-cd.readthedocs.io/en/stable/user-guide/sync_windows/",
  validateResource: resourcesOfType(TYPES.project, (args, reportViolation) => {
    const { syncWindows = [] } = (args.props.spec ?? {}) as { syncWindows?: Window[] };
    for (const { kind, schedule } of syncWindows) {
      reportViolation(
        `spec.syncWindows: got kind ${formatValue(kind)}, schedule ${formatValue(schedule)}; expected no window.`,
      );
    }
  }),
};
