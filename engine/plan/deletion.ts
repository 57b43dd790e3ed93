import { EngineError, messageOf } from "../errors";
import { recordKey, type ResourceRecord } from "../state/records";
import { stateOf } from "./decide";
import type { Run } from "./run";
import { isProviderType } from "./providers";
import { label } from "./urn";

/**
 * Deletes what the records stand for, each after everything that needs it. Refuses all of it where one is protected. A
 * failure keeps what the failed one needs; the rest goes on. With a preview, or for objects that are to be left, only
 * the telling happens.
 * @throws EngineError that names every protected resource, or every failure.
 */
export async function deleteAll(run: Run, doomed: ResourceRecord[]): Promise<void> {
  refuseProtected(doomed);
  const order = deletionOrder(doomed);
  const urns = new Set(doomed.map(({ urn }) => urn));
  const results = new Map<ResourceRecord, Promise<boolean>>();
  const failures: string[] = [];
  for (const { record, after } of order) {
    const dependents = after.flatMap((dependent) => results.get(dependent) ?? []);
    const result = Promise.all(dependents).then(async (gone) => {
      if (gone.includes(false)) return false;
      return run.limiter
        .run(() => deleteOne(run, record, urns))
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

/** What the state holds beyond the resources that the program has: those that left it, and those that were replaced. */
export function leftBehind({ store }: Run, claimed: Set<string>): ResourceRecord[] {
  return store.all().filter(({ status, urn }) => status === "condemned" || !claimed.has(urn));
}

/** Throws an {@link EngineError} that names every protected record. */
export function refuseProtected(doomed: ResourceRecord[]): void {
  const names = doomed.filter(({ protect }) => protect === true).map(({ urn }) => label(urn));
  if (names.length === 0) return;
  throw new EngineError(
    `got a deletion of ${names.length} protected ${names.length === 1 ? "resource" : "resources"}; expected none. ` +
      `Put it back into the program, or set protect: false and run up first:\n${names.map((name) => `  ${name}`).join("\n")}`,
  );
}

/** Records in an order in which each comes after those that need it, which are named. */
export function deletionOrder(doomed: ResourceRecord[]): { record: ResourceRecord; after: ResourceRecord[] }[] {
  const dependents = new Map<string, ResourceRecord[]>();
  for (const record of doomed) {
    const needs = [record.parent, record.provider, record.deletedWith, ...record.dependencies];
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
      // Records of different runs may need each other in a circle; one of them goes first then.
      return state.get(dependent) === "done";
    });
    state.set(record, "done");
    order.push({ record, after });
  };
  // Last made, first deleted, where nothing else orders them.
  for (const record of doomed.toReversed()) if (state.get(record) === undefined) visit(record);
  return order;
}

async function deleteOne(run: Run, record: ResourceRecord, doomed: Set<string>): Promise<void> {
  const apart = !record.custom || isProviderType(record.type);
  const withOther = record.deletedWith !== undefined && doomed.has(record.deletedWith);
  const retained = !apart && (record.retainOnDelete === true || withOther);
  if (run.mode !== "up" || apart || retained) {
    if (run.mode === "up") run.store.commit({ drop: [recordKey(record)] });
    run.done("delete", record.urn, [], retained);
    return;
  }
  await run.step("delete", record.urn, [], async () => {
    const { store, seal } = run;
    const provider = await run.providers.forRecord(record, (urn) => store.get(urn));
    const state = stateOf(record, seal);
    const found = record.status === "creating" ? await provider.read(record.type, "", state.inputs) : { id: record.id };
    if (found !== undefined) await provider.delete(record.type, { ...state, id: found.id }, { signal: run.signal });
    store.commit({ drop: [recordKey(record)] });
  });
}
