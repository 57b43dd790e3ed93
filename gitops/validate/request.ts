/** A pull request, as far as its checks need it. */
export interface Request {
  /** Its head's branch. */
  readonly branch: string;
  /** The login; that of a bot ends with `[bot]`. */
  readonly author: string;
  readonly isBot: boolean;
  /** Whether its branch is in another repository. */
  readonly isFork: boolean;
  /** Logins of everyone who pushed to a bot's branch. */
  readonly pushers: readonly string[];
}
