import { rejectProtected } from "./plan/deletion";
import type { PackInfo } from "./model/events";
import type { OtherResource, PolicyEvaluator, PolicyPackOptions } from "./policy/evaluator";
import { deleteObsolete, evaluate, withSession, type StackOptions, type StackResult } from "./session";

export { EngineError, InterruptedError } from "./model/events";
export type { EngineEvent, Operation } from "./model/events";
export type { Finding, NotApplicable, PackInfo, RuleInfo } from "./model/events";
export type { OtherResource, PolicyPackOptions } from "./policy/evaluator";
export type { StackOptions, StackResult } from "./session";

/**
 * Creates, updates and deletes the stack's resources so that they match the program.
 * @throws EngineError with a message for the user.
 */
export function up(options: StackOptions): Promise<StackResult> {
  return withSession(options, "up", async (session) => {
    const { goals, outputs } = await evaluate(session, "up");
    await deleteObsolete(session, goals);
    return outputs;
  });
}

/**
 * Reports what {@link up} would do, without changing anything.
 * @throws EngineError in the same cases as {@link up}.
 */
export function preview(options: StackOptions): Promise<StackResult> {
  return withSession(options, "preview", async (session) => {
    const { goals, outputs } = await evaluate(session, "preview");
    await deleteObsolete(session, goals);
    return outputs;
  });
}

/** The result of {@link review}. */
export type Evaluation = Pick<PolicyEvaluator, "resources" | "findings" | "notApplicable"> & {
  /** The policy pack that was evaluated. */
  pack: PackInfo;
};

/** What {@link review} evaluates. */
export interface ReviewOptions extends StackOptions {
  policyPack: PolicyPackOptions;
  /** Resources that the program does not register, which the pack checks as if it did. Default: none. */
  others?: readonly OtherResource[];
}

/**
 * Evaluates the program as {@link preview} does, and evaluates the policy pack on every resource that it registers.
 * Policy violations are part of the result and do not throw.
 * @throws EngineError with a message for the user, if the program or the pack fails.
 */
export async function review({ others = [], ...options }: ReviewOptions): Promise<Evaluation> {
  let evaluator: PolicyEvaluator | undefined;
  await withSession(options, "preview", async (session) => {
    evaluator = session.run.evaluator;
    const { outputs } = await evaluate(session, "preview");
    for (const other of others) await evaluator?.evaluateOther(other);
    await evaluator?.evaluateStack();
    return outputs;
  });
  if (evaluator === undefined) throw new Error("a session with a policy pack has an evaluator");
  const { resources, findings, notApplicable, pack } = evaluator;
  return { resources, findings, notApplicable, pack: (await pack).info };
}

/**
 * Deletes every resource in the state, in reverse order of dependencies. Runs the program first, to configure its
 * providers.
 * @throws EngineError with a message for the user. If a resource is protected, nothing has been deleted.
 */
export function destroy(options: StackOptions): Promise<StackResult> {
  return withSession(options, "destroy", async (session) => {
    const toDelete = session.run.store.all();
    if (toDelete.length === 0) return {};
    rejectProtected(toDelete);
    await evaluate(session, "configure");
    await deleteObsolete(session, new Map());
    return {};
  });
}
