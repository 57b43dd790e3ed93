import { addBoard } from "./commands/board";
import { run } from "./run";

// `gitops board` alone: what the sandbox keeps running (board/bundle.ts).
void run([addBoard]);
