import { refuseProtected } from "./plan/deletion";
import type { PackInfo } from "./policy/finding";
import type { Judge } from "./policy/judge";
import { deleteLeft, evaluate, inSession, type Session } from "./session";
import type { PolicyPackOptions, StackOptions, StackResult } from "./stack";

export { EngineError, InterruptedError } from "./errors";
export type { EngineEvent } from "./events";
export type { Finding, NotApplicable, PackInfo, RuleInfo } from "./policy/finding";
export type { PolicyPackOptions, StackOptions, StackResult } from "./stack";

/**
 * Makes the stack as the program says. @throws EngineError with a message for the user, also where a mandatory policy
 * is broken.
 */
export function up(options: StackOptions): Promise<StackResult> {
  return inSession(options, "up", async (session) => {
    const { claimed, outputs } = await evaluate(session, "up");
    await judgeStack(session);
    await deleteLeft(session, claimed);
    return outputs;
  });
}

/**
 * Tells what {@link up} would do, and changes nothing. @throws EngineError with a message for the user, as {@link up}.
 */
export function preview(options: StackOptions): Promise<StackResult> {
  return inSession(options, "preview", async (session) => {
    const { claimed, outputs } = await evaluate(session, "preview");
    await judgeStack(session);
    await deleteLeft(session, claimed);
    return outputs;
  });
}

/** What {@link review} found out. */
export type Evaluation = Pick<Judge, "resources" | "findings" | "notApplicable"> & {
  /** The policy pack that judged. */
  pack: PackInfo;
};

/**
 * Evaluates the program as {@link preview} does and lets the policy pack judge what it registers, broken or not.
 * @throws EngineError with a message for the user, where the program or the pack fails.
 */
export async function review(options: StackOptions & { policyPack: PolicyPackOptions }): Promise<Evaluation> {
  let judge: Judge | undefined;
  await inSession(options, "preview", async (session) => {
    judge = session.run.judge;
    const { outputs } = await evaluate(session, "preview");
    await judge?.stack();
    return outputs;
  });
  if (judge === undefined) throw new Error("a session with a policy pack has a judge");
  const { resources, findings, notApplicable, pack } = judge;
  return { resources, findings, notApplicable, pack: (await pack).info };
}

/**
 * Deletes everything that the state lists, in reverse order. The program is evaluated before, to set up its providers.
 * @throws EngineError with a message for the user; for protected resources before anything is done.
 */
export function destroy(options: StackOptions): Promise<StackResult> {
  return inSession(options, "destroy", async (session) => {
    const doomed = session.run.store.all();
    if (doomed.length === 0) return {};
    refuseProtected(doomed);
    await evaluate(session, "configure");
    await deleteLeft(session, new Set());
    return {};
  });
}

/** Before anything is deleted: what a stack must not become has not become it yet. */
async function judgeStack({ run: { judge } }: Session): Promise<void> {
  await judge?.stack();
  judge?.end();
}
