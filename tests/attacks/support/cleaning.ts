type Undo = () => Promise<unknown>;

let undos: Undo[] = [];

/**
 * Registers a clean-up that runs when the current attack is over, whatever its outcome. Does nothing outside attacks.
 */
export function afterwards(undo: Undo): void {
  undos.push(undo);
}

/**
 * Runs an attack, then its clean-ups, the newest first. What a suite prepared before it stays.
 * @throws the attack's error; otherwise, after every clean-up has run, their errors
 */
export async function withCleanUp(work: () => Promise<void>): Promise<void> {
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
