type Undo = () => Promise<unknown>;

let undos: Undo[] = [];

/**
 * Has something taken back when the attack that made it is over, however it ended. Outside of attacks it does nothing.
 */
export function afterwards(undo: Undo): void {
  undos.push(undo);
}

/**
 * Runs an attack, then takes back what it made, the newest first. What a suite prepared before it stays.
 * @throws what the attack threw; else, after every undo was tried, what they threw.
 */
export async function takenBack(work: () => Promise<void>): Promise<void> {
  undos = [];
  try {
    await work();
  } finally {
    await cleanUp();
  }
}

async function cleanUp(): Promise<void> {
  const failures: unknown[] = [];
  for (let undo = undos.pop(); undo; undo = undos.pop()) {
    await undo().catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw new AggregateError(failures, `cleaning up: ${failures.map(String).join("; ")}`);
}
