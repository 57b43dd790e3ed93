import { projectCommands } from "./commands/of-project";
import { run } from "./run";

// `npx gitops …`: all commands, also those that need this project and not its bundle.
void run(projectCommands);
