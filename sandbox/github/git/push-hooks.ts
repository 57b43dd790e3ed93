import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Duplex } from "node:stream";

/** One ref that a push changes; ZERO stands for "not there". */
export interface RefChange {
  ref: string;
  before: string;
  after: string;
}

/** What the server does about a push. */
export interface PushHandler {
  /**
   * Before any ref moves. `quarantine` shows git the received objects. The text that it returns refuses the whole push.
   */
  judge(changes: RefChange[], quarantine: Record<string, string>): Promise<string | undefined>;
  /** After the refs moved; only those that did. */
  accepted(changes: RefChange[]): void;
}

// git runs its hooks as its own children, so they inherit file descriptor 3 of `git http-backend`: a socket to the
// server that started it. No port, no polling, no interpreter to start; and when the server dies the hook reads an end
// of file and refuses the push.
const PRE_RECEIVE = `#!/bin/sh
{
  echo "judge"
  echo "GIT_OBJECT_DIRECTORY=$GIT_OBJECT_DIRECTORY"
  echo "GIT_ALTERNATE_OBJECT_DIRECTORIES=$GIT_ALTERNATE_OBJECT_DIRECTORIES"
  cat
  echo
} >&3
read -r verdict <&3 || exit 1
[ "$verdict" = "accept" ] && exit 0
cat <&3 >&2
exit 1
`;

// Waits for the answer, so that the client that pushed finds the server aware of it.
const POST_RECEIVE = `#!/bin/sh
{ echo "accepted"; cat; echo; } >&3
read -r noted <&3
exit 0
`;

/**
 * Write the hooks into a folder for core.hooksPath. Written at each start, because git skips a hook that lost its run
 * bit in silence.
 */
export async function writePushHooks(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, script] of [
    ["pre-receive", PRE_RECEIVE],
    ["post-receive", POST_RECEIVE],
  ] as const) {
    await writeFile(join(folder, name), script);
    await chmod(join(folder, name), 0o755);
  }
}

/** Serve the hooks of one push on the server's end of file descriptor 3. */
export function serveHooks(channel: Duplex, handler: PushHandler): void {
  let text = "";
  channel.setEncoding("utf8");
  // A push that is broken off closes the channel; git itself then refuses it.
  channel.on("error", () => channel.destroy());
  channel.on("data", (chunk: string) => {
    text += chunk;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const lines = text.slice(0, end).split("\n");
      text = text.slice(end + 2);
      answer(lines);
    }
  });

  function answer([kind, ...lines]: string[]): void {
    const changes = lines.map(parseChange).filter((change) => change !== undefined);
    if (kind === "accepted") {
      handler.accepted(changes);
      channel.write("noted\n");
    }
    if (kind !== "judge") return;
    const settings = lines.filter((line) => line.startsWith("GIT_")).map((line) => splitAt(line, "="));
    const quarantine = Object.fromEntries(settings.filter(([, value]) => value !== ""));
    handler.judge(changes, quarantine).then(
      (refusal) => (refusal === undefined ? channel.write("accept\n") : channel.end(`refuse\n${refusal}\n`)),
      (error: unknown) => channel.end(`refuse\nInternal error: ${String(error)}\n`),
    );
  }
}

function parseChange(line: string): RefChange | undefined {
  const match = /^([0-9a-f]{40}) ([0-9a-f]{40}) (refs\/.+)$/.exec(line);
  return match ? { before: match[1] ?? "", after: match[2] ?? "", ref: match[3] ?? "" } : undefined;
}

function splitAt(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + 1)];
}
