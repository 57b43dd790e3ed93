import type { Authenticator } from "../../domain/access/authenticator";
import type { Webhooks } from "../../domain/webhooks/webhooks";
import type { GitRepositories } from "../../git/repositories";
import type { Urls } from "../../shapes/urls";
import type { Database } from "../../store/database";
import type { RunStore } from "../../store/run-store";
import type { Secrets } from "../../store/secrets";
import type { IdentityIssuer } from "../identity-issuer";
import type { Contexts, Expressions } from "../workflow/expressions";
import type { ConcurrencyGroups, JobSlots } from "./concurrency";

/** Everything that runs use. */
export interface RunServices {
  database: Database;
  urls: Urls;
  webhooks: Webhooks;
  secrets: Secrets;
  authenticator: Authenticator;
  identities: IdentityIssuer;
  store: RunStore;
  expressions: Expressions;
  slots: JobSlots;
  groups: ConcurrencyGroups;
  repositories: GitRepositories;
  /** Folders at the start of the PATH of steps. */
  programs: string[];
}

/** The contexts of every expression in a run. */
export interface OuterContexts extends Contexts {
  github: Record<string, unknown>;
  inputs: Record<string, string | boolean>;
  vars: Record<string, string>;
}
