import type { Database } from "../../store/database";
import type { AppIdentity } from "../../store/records";
import type { Actor } from "./roles";

/** The App id of GitHub Actions, on github.com and here. `GITHUB_TOKEN` belongs to this App. */
export const ACTIONS_APP_ID = 15368;
export const ACTIONS_APP_SLUG = "github-actions";

/** The App that workflows act as, without any permissions. Throws if the server was started without workflows. */
export function actionsActor({ database }: { database: Database }): Actor & { app: AppIdentity } {
  const account = database.account(`${ACTIONS_APP_SLUG}[bot]`);
  if (!account) throw new Error(`${ACTIONS_APP_SLUG}: has no account`);
  return { account, app: { id: ACTIONS_APP_ID, slug: ACTIONS_APP_SLUG } };
}
