import { join } from "node:path";
import { Actions } from "./actions";
import { IdentityIssuer } from "./identity-issuer";
import { ConcurrencyGroups } from "./runs/concurrency-groups";
import { JobSlots } from "./runs/job-slots";
import type { RunServices } from "./runs/services";
import { RunStore } from "./runs/store";
import { Expressions } from "./workflow/expressions";

/** How workflows are run. */
export interface ActionsOptions {
  /** Folders that come first on the PATH of steps: of the programs that workflows use, such as node. */
  programs: string[];
  /** Jobs that run at the same time. Default: 2. */
  parallel?: number;
}

/** What the server has for workflows. */
export type ActionsContext = Pick<
  RunServices,
  "database" | "urls" | "webhooks" | "secrets" | "authenticator" | "repositories"
>;

/** Start to run workflows. `folder` is where their runs are kept. */
export async function openActions(context: ActionsContext, folder: string, options: ActionsOptions): Promise<Actions> {
  return new Actions({
    ...context,
    identities: await IdentityIssuer.open(context),
    store: await RunStore.open(context.database, join(folder, "actions")),
    expressions: await Expressions.load(),
    slots: new JobSlots(options.parallel ?? 2),
    groups: new ConcurrencyGroups(),
    programs: options.programs,
  });
}
