import type { BuildProgress } from "./build";

/** One line that describes a build's progress, without a line break. */
export function describeProgress({ phase, program, done, total, elapsedSeconds }: BuildProgress): string {
  const seconds = Math.floor(elapsedSeconds);
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  switch (phase) {
    case "waiting":
      return `[${clock}] waiting for ${program}`;
    case "downloading":
      return `[${clock}] downloading module ${done} of at most ${total}: ${program}`;
    case "compiling":
      return `[${clock}] compiling package ${done} of ${total}: ${program}`;
  }
}

/** Prints progress: on a terminal one line that is overwritten, elsewhere a line every ten seconds. */
export function progressPrinter(stream: NodeJS.WriteStream): (progress: BuildProgress) => void {
  let next = 0;
  return (progress) => {
    if (progress.elapsedSeconds < next) return;
    const line = describeProgress(progress);
    if (stream.isTTY) {
      stream.write(`\r\u001b[2K${line.slice(0, stream.columns - 1)}`);
      next = progress.elapsedSeconds + 0.1;
    } else {
      stream.write(`${line}\n`);
      next = progress.elapsedSeconds + 10;
    }
  };
}
