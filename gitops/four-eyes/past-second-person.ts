import { environmentCheck } from "../../environments/checks";
import { type CheckRun, runsOf } from "../github/checks";
import type { ReleasePull } from "../github/release-pulls";
import type { Session } from "../session";
import type { BreakGlass } from "./verdict";

/** The longest reason, in characters: a check's title shows it whole, beside a login. */
export const REASON_LIMIT = 180;

/** What the check is found again by that breaks the glass for a commit. */
export function breakGlassId(head: string): string {
  return `break-glass:${head}`;
}

/**
 * Who broke the glass for a release's head last; undefined where nobody did. Only the runs of the App that the workflow
 * names (`GITOPS_BOT`) say so: any workflow may write a check of that name, as another App. Without a name nobody did.
 */
export async function breakGlassOn(
  session: Session,
  { head, environment }: Pick<ReleasePull, "head" | "environment">,
  bot = process.env.GITOPS_BOT,
): Promise<BreakGlass | undefined> {
  if (bot === undefined || bot === "") return undefined;
  const runs = await runsOf(session, environmentCheck("four-eyes", environment), head, bot);
  return runs.map((run) => readBreakGlass(run, head)).find((glass) => glass !== undefined);
}

/** What a run of the check says of a broken glass; undefined where it is an ordinary verdict, or another commit's. */
export function readBreakGlass({ externalId, data }: CheckRun, head: string): BreakGlass | undefined {
  if (externalId !== breakGlassId(head) || typeof data !== "object" || data === null) return undefined;
  const { by, reason } = data as Partial<Record<keyof BreakGlass, unknown>>;
  return typeof by === "string" && typeof reason === "string" ? { by, reason } : undefined;
}
