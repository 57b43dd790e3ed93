// Must come first: the other import needs a newer Node than this check does.
import "./scripts/node-version.js";
import { platform } from "./platform";

export = platform;
