import { TYPES } from "../kubernetes";
import { resourcesOfType, show, type ResourceRule } from "../rule";

interface Window {
  kind?: string;
  schedule?: string;
}

/** A window that denies a sync denies healing too; outside an allow window everything is denied. */
export const syncWindowsLetHealingThrough: ResourceRule = {
  name: "sync-windows-let-healing-through",
  displayName: "No sync window stops healing",
  description: "An AppProject has no sync windows: while one denies syncs, live edits stay.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps:
    "Remove the window. A freeze is a required check on env/<environment>: it stops releases and not healing.",
  url: "https://argo-cd.readthedocs.io/en/stable/user-guide/sync_windows/",
  validateResource: resourcesOfType(TYPES.project, (args, reportViolation) => {
    const { syncWindows = [] } = (args.props.spec ?? {}) as { syncWindows?: Window[] };
    for (const { kind, schedule } of syncWindows) {
      reportViolation(`spec.syncWindows: got kind ${show(kind)}, schedule ${show(schedule)}; expected no window.`);
    }
  }),
};
