import type { AppIdentity } from "../store/records";

/** A commit status. */
export interface StatusRecord {
  id: number;
  sha: string;
  context: string;
  state: "error" | "failure" | "pending" | "success";
  description: string | null;
  targetUrl: string | null;
  /** Login of its creator. */
  creator: string;
  /** The App whose token created it; null for a person's. */
  appId: number | null;
  createdAt: string;
}

/** The possible conclusions of a check run. */
export const CONCLUSIONS = [
  "action_required",
  "cancelled",
  "failure",
  "neutral",
  "success",
  "skipped",
  "stale",
  "timed_out",
] as const;
export type Conclusion = (typeof CONCLUSIONS)[number];

/** A check run: only Apps can create one. */
export interface CheckRunRecord {
  id: number;
  sha: string;
  name: string;
  status: "queued" | "in_progress" | "completed";
  /** Null until it is completed. */
  conclusion: Conclusion | null;
  app: AppIdentity;
  startedAt: string;
  completedAt: string | null;
  detailsUrl: string | null;
  externalId: string;
  output: { title: string | null; summary: string | null; text: string | null };
}
