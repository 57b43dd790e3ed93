import { CHARTS } from "../../environments/service-name";
import { environmentBranch } from "../../environments/catalogue";
import { environmentCheck } from "../../environments/checks";
import { changesBetween } from "../git/changes";
import { remoteBranch } from "../git/refs";
import { runsOf } from "../github/checks";
import type { ReleasePull } from "../github/release-pulls";
import type { Session } from "../session";

/** What a run of `validate` judged: a pull request's head, as it would be merged into its base. */
export interface Validated {
  readonly number: number;
  readonly base: string;
  readonly head: string;
}

/** What the check `validate` remembers of that, as its `external_id`. */
export function validatedId({ number, base, head }: Validated): string {
  return `${number} ${base} ${head}`;
}

/** Reads it again; undefined where it is none. */
function readValidated(externalId: string | null): Validated | undefined {
  const [, number, base = "", head = ""] = /^(\d+) ([0-9a-f]{40,64}) ([0-9a-f]{40,64})$/.exec(externalId ?? "") ?? [];
  return number === undefined ? undefined : { number: Number(number), base, head };
}

/**
 * Whether what `validate` said of a pull request still holds, although its base moved: nothing that it changes changed
 * there, and no chart did on either side, which renders everything again.
 */
export async function isFresh(session: Session, pull: ReleasePull): Promise<boolean> {
  const { clone } = session;
  const { number, head, environment } = pull;
  const runs = await runsOf(session, environmentCheck("validate", environment), head, process.env.GITOPS_BOT);
  const found = runs
    .filter(({ conclusion }) => conclusion === "success")
    .map(({ externalId }) => readValidated(externalId))
    .find((validated) => validated?.number === number && validated.head === head);
  if (!found || (await clone.resolve(found.base)) === undefined) return false;
  const tip = remoteBranch(environmentBranch(environment));
  const moved = (await changesBetween(clone, found.base, tip)).map(({ path }) => path);
  if (moved.length === 0) return true;
  const mergeBase = await clone.git("merge-base", tip, head);
  const own = (await changesBetween(clone, mergeBase, head)).map(({ path }) => path);
  if ([...moved, ...own].some((path) => path.startsWith(`${CHARTS}/`))) return false;
  return !moved.some((path) => own.includes(path));
}
