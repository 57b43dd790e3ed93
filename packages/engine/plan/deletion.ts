import { EngineError, messageOf } from "../model/events";
import { recordKey, type ResourceRecord } from "../state/store";
import { done, stateOf, step, type Run } from "./run";
import { isProviderType } from "./providers";
import { label } from "../model/resource";

/**
 * Deletes the objects of these records, each after all that depend on it. If a deletion fails, the objects that the
 * failed one depends on are kept, and all others are still deleted. A preview, and a record whose object is retained,
 * only report the deletion.
 * @throws EngineError that lists every protected resource, before anything is deleted; or that lists every failure.
 */
export async function deleteAll(run: Run, toDelete: ResourceRecord[]): Promise<void> {
  rejectProtected(toDelete);
  const order = deletionOrder(toDelete);
  const results = new Map<ResourceRecord, Promise<boolean>>();
  const failures: string[] = [];
  for (const { record, after } of order) {
    const dependents = after.flatMap((dependent) => results.get(dependent) ?? []);
    const result = Promise.all(dependents).then(async (gone) => {
      if (gone.includes(false)) return false;
      return run.queue
        .add(() => deleteOne(run, record))
        .then(
          () => true,
          (error: unknown) => {
            failures.push(error instanceof EngineError ? error.message : `${label(record.urn)}: ${messageOf(error)}`);
            return false;
          },
        );
    });
    results.set(record, result);
  }
  await Promise.all(results.values());
  if (failures.length > 0) throw new EngineError(failures.join("\n"));
}

/** The records of resources that are no longer in the program, and of objects that were replaced. */
export function obsoleteRecords({ store }: Run, program: ReadonlyMap<string, unknown>): ResourceRecord[] {
  return store.all().filter(({ status, urn }) => status === "condemned" || !program.has(urn));
}

/** Throws an {@link EngineError} that lists every protected record, if there are any. */
export function rejectProtected(toDelete: ResourceRecord[]): void {
  const names = toDelete.filter(({ protect }) => protect === true).map(({ urn }) => label(urn));
  if (names.length === 0) return;
  throw new EngineError(
    `got a deletion of ${names.length} protected ${names.length === 1 ? "resource" : "resources"}; expected none. ` +
      "Put every one back into the program, or set protect: false and run up first:\n" +
      names.map((name) => `  ${name}`).join("\n"),
  );
}

/** Sorts records so that each comes after the records that depend on it, which are listed in `after`. */
export function deletionOrder(toDelete: ResourceRecord[]): { record: ResourceRecord; after: ResourceRecord[] }[] {
  const dependents = new Map<string, ResourceRecord[]>();
  for (const record of toDelete) {
    const needs = [record.parent, record.provider, ...record.dependencies];
    for (const urn of new Set(needs)) {
      if (urn === undefined || urn === record.urn) continue;
      const known = dependents.get(urn);
      if (known === undefined) dependents.set(urn, [record]);
      else known.push(record);
    }
  }
  const order: { record: ResourceRecord; after: ResourceRecord[] }[] = [];
  const state = new Map<ResourceRecord, "open" | "done">();
  const visit = (record: ResourceRecord): void => {
    state.set(record, "open");
    const after = (dependents.get(record.urn) ?? []).filter((dependent) => {
      if (state.get(dependent) === undefined) visit(dependent);
      // Records from different runs may depend on each other in a cycle; this breaks the cycle.
      return state.get(dependent) === "done";
    });
    state.set(record, "done");
    order.push({ record, after });
  };
  // Without dependencies, the last created is deleted first.
  for (const record of toDelete.toReversed()) if (state.get(record) === undefined) visit(record);
  return order;
}

async function deleteOne(run: Run, record: ResourceRecord): Promise<void> {
  const hasNoObject = !record.custom || isProviderType(record.type);
  const retained = !hasNoObject && record.retainOnDelete === true;
  if (run.mode !== "up" || hasNoObject || retained) {
    if (run.mode === "up") run.store.commit({ drop: [recordKey(record)] });
    done(run, "delete", record.urn, [], retained);
    return;
  }
  await step(run, "delete", record.urn, [], async () => {
    const { store } = run;
    const provider = await run.providers.forRecord(record, (urn) => store.get(urn));
    const state = stateOf(run, record);
    const found = record.status === "creating" ? await provider.read(record.type, "", state.inputs) : { id: record.id };
    if (found !== undefined) await provider.delete(record.type, { ...state, id: found.id }, { signal: run.signal });
    store.commit({ drop: [recordKey(record)] });
  });
}
