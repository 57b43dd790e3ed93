import { Failure } from "../failure";

/** The branch cannot be merged as it is: it conflicts, or it is not what it was. Make it again on the newest base. */
export class Rebuild extends Failure {}

/** A check that the base branch asks for failed. */
export class CheckFailed extends Failure {}

/** Somebody closed the pull request. */
export class Closed extends Failure {
  /** @param url Its page. */
  constructor(url: string) {
    super(`${url}: closed without being merged. Run the same command again where that was a mistake.`);
  }
}
