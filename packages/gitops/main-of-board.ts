import { addBoard } from "./commands/board";
import { run } from "./run";

// `gitops board` alone, as the sandbox keeps it running (bundle.ts).
void run([addBoard]);
