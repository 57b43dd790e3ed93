import { addBoard } from "./commands/board";
import { run } from "./run";

// `gitops board` alone, as the sandbox keeps it running (board/bundle.ts).
void run([addBoard]);
