import { EngineError } from "../errors";
import type { Diff, Provider, ResourceState } from "../provider";
import { plainInputs } from "../protocol/values";
import type { ResourceRecord } from "../state/records";
import { hasLost, type Seal } from "../state/seal";
import type { Goal } from "./goal";
import { covers, keepIgnored } from "./paths";
import { label } from "./urn";

/** How an existing object changes. */
export interface Decision extends Diff {
  /** The inputs to apply, after `ignoreChanges`. */
  inputs: Record<string, unknown>;
}

/**
 * Converts a record to the form that providers take.
 * @param current The program's current inputs, which unseal the secrets that have not changed.
 */
export function stateOf(record: ResourceRecord, seal: Seal, current: Record<string, unknown> = {}): ResourceState {
  return {
    type: record.type,
    id: record.id,
    inputs: plainInputs(seal.open(record.inputs, current)),
    outputs: plainInputs(seal.open(record.outputs, {})),
  };
}

/**
 * Decides whether an object is kept, updated or replaced, from the provider's diff and the resource options.
 * @throws EngineError if the resource options forbid the change.
 */
export async function decide(goal: Goal, old: ResourceRecord, provider: Provider, seal: Seal): Promise<Decision> {
  const inputs = keepOld(goal, old, seal);
  const diff = await provider.diff(goal.type, stateOf(old, seal, inputs), plainInputs(inputs));
  const decision: Decision = {
    ...diff,
    deleteBeforeReplace: goal.deleteBeforeReplace ?? diff.deleteBeforeReplace ?? false,
    inputs,
  };
  if (old.provider !== goal.provider) {
    decision.change = "replace";
    decision.paths = ["provider", ...diff.paths];
  } else if (
    diff.change === "update" &&
    diff.paths.some((path) => goal.replaceOnChanges.some((on) => covers(on, path)))
  ) {
    decision.change = "replace";
  } else if (diff.change === "none" && old.unfinished === true) {
    decision.change = "update";
  }
  rejectForbidden(goal, old, decision);
  return decision;
}

function keepOld(goal: Goal, old: ResourceRecord, seal: Seal): Record<string, unknown> {
  try {
    return keepIgnored(goal.ignoreChanges, seal.open(old.inputs, goal.inputs), goal.inputs);
  } catch (error) {
    throw new EngineError(`${label(old.urn)}: ${(error as Error).message}`);
  }
}

function rejectForbidden(goal: Goal, old: ResourceRecord, { change, paths, inputs }: Decision): void {
  if (change === "replace" && goal.protect === true) {
    throw new EngineError(
      `${label(old.urn)}: got a change of ${paths.join(", ")}, which replaces it; expected no replacement, because ` +
        "it is protected. Undo the change, or set protect: false and run up first.",
    );
  }
  if (change !== "none" && hasLost(inputs)) {
    throw new EngineError(
      `${label(old.urn)}: ignoreChanges: got a path to a secret that changed in the program; expected its old value, ` +
        "because the state stores no secrets. Restore the old value in the program, or use the Pulumi CLI.",
    );
  }
}
