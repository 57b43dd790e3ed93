import { formatMessage } from "../git/message";
import { requireOneBuild } from "../rules/read";
import type { Session } from "../session";
import { restoreImage } from "../values/edit";
import { valuesPath, type ValuesFile } from "../values/files";
import { otherPlace, readImage, sameVersion, versionName } from "../values/image";
import type { Waiting } from "../waiting";
import { deliver } from "./deliver";
import { describeKept, keptOf } from "./kept";
import { landedOutcome, type Outcome } from "./outcome";
import { branchOf, releaseOf } from "./release-of";
import { rollbackTarget } from "./rollback-target";
import { tipOf, valuesOn } from "./values-on";
import { pastVersions } from "./past-versions";
import { remoteBranch } from "../git/refs";

/** What a rollback is asked for. */
export interface RollbackOrder extends ValuesFile {
  readonly reason: string;
  /** The tag to go back to, alone or with `@` and its digest; undefined: the one before the present one. */
  readonly to: string | undefined;
}

/**
 * Puts an environment's earlier version back on `main`: tag and digest, and nothing else. What it is pulled from stays.
 * What else the commits changed whose image goes is told, with Git's command for it. Where the environment follows a
 * branch of its own, the version that counts as present is that branch's, the one that runs: an unreleased promotion on
 * `main` goes too.
 * @throws {Failure} where there is no such version, or it is not one build by today's rules.
 */
export async function rollback(session: Session, order: RollbackOrder, waiting: Waiting): Promise<Outcome> {
  const { clone } = session;
  const { service, environment, reason } = order;
  const path = valuesPath(order);
  const main = await tipOf(clone, "main");
  const onMain = readImage(await valuesOn(clone, main, order), path);
  const followed = await branchOf(session, environment);
  const versions = await pastVersions(clone, remoteBranch(followed ?? "main"), path);
  const { present, target, isBack } = rollbackTarget(versions, order);
  const undone = versions.slice(0, versions.indexOf(target)).map(({ commit }) => commit);
  const kept = await keptOf(clone, undone, path);
  const outcome = {
    service,
    environment,
    image: versionName(target),
    summary: `Roll back ${service} in ${environment} to ${target.tag}`,
    ...(await releaseOf(session, order, target)),
    ...(kept.length > 0 && { kept }),
  };
  if (isBack && order.to === undefined) {
    // Whatever main says by now came after that rollback.
    session.say(
      `${service} in ${environment} went back to ${target.tag} already, by ${present.commit.slice(0, 12)}, and main ` +
        `says ${onMain.tag}. For another version, name its tag: --to <tag>.`,
    );
    return { ...outcome, state: "already" };
  }
  if (sameVersion(onMain, target)) return { ...outcome, state: "already" };
  await requireOneBuild(clone, target);
  if (!sameVersion(onMain, present)) session.say(`${versionName(onMain)} on main, not released yet, goes too.`);
  const { requestedBy } = await session.who();
  const trailers = {
    Service: service,
    Environment: environment,
    Image: versionName(target),
    Reverts: present.commit,
    "Requested-By": requestedBy.map((login) => `@${login}`),
  };
  const change = `${service} in ${environment}: \`${versionName(onMain)}\` → \`${versionName(target)}\`.`;
  const elsewhere = otherPlace(target, onMain);
  if (elsewhere !== undefined) session.say(elsewhere.replaceAll("**", ""));
  const delivery = {
    branch: `rollback/${service}-in-${environment}`,
    path,
    rewrite: (text: string) => restoreImage(text, target.text, path),
    subject: outcome.summary,
    message: formatMessage(outcome.summary, trailers, reason.replaceAll(/\s+/g, " ").trim()),
    body: [change, ...(elsewhere === undefined ? [] : [elsewhere]), ...describeKept(kept), `Why: ${reason}`].join(
      "\n\n",
    ),
  };
  const landed = await deliver(session, delivery, waiting);
  return { ...outcome, ...(landed ? landedOutcome(landed) : { state: "already" }) };
}
