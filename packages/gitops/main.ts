import { commands } from "./commands";
import { run } from "./run";

// The bundle in the GitOps repository (bundle.ts).
void run(commands());
