import type { ApiSession } from "../session";
import type { OpenPage } from "./browser";
import type { Stacks } from "./stacks";
import type { State } from "./state";

/** What the steps of one run of `gitops init` work with. */
export interface InitSession extends ApiSession {
  readonly openPage: OpenPage;
  /** The pauses between two questions to GitHub, in milliseconds. Default: those of {@link Waiting}. */
  readonly pauses?: { readonly first: number; readonly longest: number };
  readonly stacks: Stacks;
  readonly state: State;
}
