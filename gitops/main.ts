import { commands } from "./commands";
import { run } from "./run";

void run(commands);
