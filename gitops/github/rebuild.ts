import { Failure } from "../failure";

/** The branch cannot be merged as it is: it conflicts, or it is not what it was. Make it anew, on what is there now. */
export class Rebuild extends Failure {}
