type Undo = () => Promise<unknown>;

const undos: Undo[] = [];

/** Has something taken back when the attack that made it is over, however it ended. The newest goes first. */
export function afterwards(undo: Undo): void {
  undos.push(undo);
}

/** Takes everything back. Every undo is tried; what one of them throws is thrown in the end. */
export async function cleanUp(): Promise<void> {
  const failures: unknown[] = [];
  for (let undo = undos.pop(); undo; undo = undos.pop()) {
    await undo().catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw new AggregateError(failures, `cleaning up: ${failures.map(String).join("; ")}`);
}
