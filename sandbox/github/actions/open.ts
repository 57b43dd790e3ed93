import { join } from "node:path";
import { Actions } from "./actions";
import { IdentityIssuer } from "./identity-issuer";
import { ConcurrencyGroups } from "./runs/concurrency-groups";
import { JobSlots } from "./runs/job-slots";
import type { RunServices } from "./runs/services";
import { RunStore } from "../store/run-store";
import { Expressions } from "./workflow/expressions";

/** Options for running workflows. */
export interface ActionsOptions {
  /** Folders at the start of the PATH of steps, with the programs that workflows use, such as node. */
  programs: string[];
  /** Jobs that run at the same time. Default: 2. */
  parallel?: number;
}

/** The parts of the server that workflows use. */
export type ActionsContext = Pick<
  RunServices,
  "database" | "urls" | "webhooks" | "secrets" | "authenticator" | "repositories"
>;

/** Creates the workflow engine. Runs are stored in `folder`. */
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
