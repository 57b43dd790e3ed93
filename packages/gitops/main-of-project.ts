import { checkoutCommands } from "./commands/checkout";
import { run } from "./run";

// `npx gitops` in a checkout of this project.
void run(checkoutCommands);
