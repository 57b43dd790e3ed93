import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Duplex } from "node:stream";

/** One ref that a push changes. ZERO means that it did not, or will not, exist. */
export interface RefChange {
  ref: string;
  before: string;
  after: string;
}

/** How the server handles a push. */
export interface PushHandler {
  /**
   * Called before any ref moves. `quarantine` makes the received objects visible to git. A returned string rejects the
   * whole push.
   */
  authorize(changes: RefChange[], quarantine: Record<string, string>): Promise<string | undefined>;
  /** Called after the refs moved, with those that did. */
  accepted(changes: RefChange[]): void;
}

// git runs its hooks as its own children, so they inherit file descriptor 3 of `git receive-pack`: a socket to the
// server that started it. This needs no port, no polling and no interpreter. If the server dies, the hook reads an end
// of file and rejects the push.
const PRE_RECEIVE = `#!/bin/sh
{
  echo "authorize"
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

// Waits for the server's response, so that the server has handled the push when `git push` ends.
const POST_RECEIVE = `#!/bin/sh
{ echo "accepted"; cat; echo; } >&3
read -r noted <&3
exit 0
`;

/**
 * Writes the hooks into a folder for core.hooksPath. They are rewritten at each start, because git silently skips a
 * hook that is not executable.
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

/** Serves the hooks of one push on the server's end of file descriptor 3. */
export function serveHooks(channel: Duplex, handler: PushHandler): void {
  let text = "";
  channel.setEncoding("utf8");
  // An aborted push closes the channel; git then rejects it by itself.
  channel.on("error", () => channel.destroy());
  channel.on("data", (chunk: string) => {
    text += chunk;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const lines = text.slice(0, end).split("\n");
      text = text.slice(end + 2);
      handle(lines);
    }
  });

  function handle([kind, ...lines]: string[]): void {
    const changes = lines.map(parseChange).filter((change) => change !== undefined);
    if (kind === "accepted") {
      handler.accepted(changes);
      channel.write("noted\n");
    }
    if (kind !== "authorize") return;
    const settings = lines.filter((line) => line.startsWith("GIT_")).map((line) => splitAt(line, "="));
    const quarantine = Object.fromEntries(settings.filter(([, value]) => value !== ""));
    handler.authorize(changes, quarantine).then(
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
