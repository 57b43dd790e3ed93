import { Failure } from "../failure";
import { formatMessage } from "../git/message";
import { readReport } from "../github/health";
import { newestPullRequest } from "../github/pulls";
import { readRules } from "../rules/read";
import type { Session } from "../session";
import { setImage } from "../values/edit";
import { valuesPath } from "../values/files";
import { otherPlace, readImage, sameVersion, type Version, versionName } from "../values/image";
import type { Waiting } from "../waiting";
import { deliver } from "./deliver";
import { landedOutcome, type Outcome } from "./outcome";
import { releaseOf } from "./release-of";
import { type Evidence, type PromotionOrder, promotionProblems } from "./promotable";
import { tipOf, valuesOn } from "./values-on";
import { remoteBranch } from "../git/refs";

/**
 * Carries the version of one environment on `main` to the next one's values: tag and digest. Where each pulls it from
 * stays as its values say. The same promotion twice is one.
 * @throws {Failure} with everything that speaks against it, unless it is forced; malformed values and moving tags
 *   cannot be forced.
 */
export async function promote(session: Session, order: PromotionOrder, waiting: Waiting): Promise<Outcome> {
  const { clone } = session;
  const { service, from, to } = order;
  const main = await tipOf(clone, "main");
  const [source, target] = [
    { environment: from, service },
    { environment: to, service },
  ];
  const version = readImage(await valuesOn(clone, main, source), valuesPath(source));
  const present = readImage(await valuesOn(clone, main, target), valuesPath(target));
  const outcome = {
    service,
    environment: to,
    image: versionName(version),
    summary: `Promote ${service} ${version.tag} from ${from} to ${to}`,
    ...(await releaseOf(session, target, version)),
  };
  const branch = `promote/${service}-to-${to}`;
  const open = await openPromotion(session, branch, valuesPath(target));
  if (sameVersion(present, version) && (!open || sameVersion(open.version, version))) {
    return { ...outcome, state: "already" };
  }
  const forced = await judge(session, order, { version, open });
  const { requestedBy } = await session.who();
  const message = formatMessage(outcome.summary, {
    Service: service,
    Environment: to,
    Image: versionName(version),
    "Promoted-From": from,
    ...(forced !== undefined && { Forced: forced }),
    "Requested-By": requestedBy.map((login) => `@${login}`),
  });
  const path = valuesPath(target);
  const change = `${service} in ${to}: \`${versionName(present)}\` → \`${versionName(version)}\`, as ${from} runs it.`;
  const elsewhere = otherPlace(version, present);
  if (elsewhere !== undefined) session.say(elsewhere.replaceAll("**", ""));
  const delivery = {
    branch,
    path,
    rewrite: (text: string) => setImage(text, version, path),
    subject: outcome.summary,
    message,
    body: [change, ...(elsewhere === undefined ? [] : [elsewhere])].join("\n\n"),
  };
  const landed = await deliver(session, delivery, waiting);
  return { ...outcome, ...(landed ? landedOutcome(landed) : { state: "already" }) };
}

async function openPromotion(session: Session, branch: string, path: string): Promise<Evidence["open"]> {
  const pull = await newestPullRequest(session, { branch, base: "main" });
  if (pull?.state !== "open") return undefined;
  const text = await session.clone.read(remoteBranch(branch), path);
  return text === undefined ? undefined : { version: readImage(text, path), url: pull.url };
}

/**
 * Throws what speaks against the promotion, unless `force` sets it aside. Returns why it was forced, where that made a
 * difference.
 */
async function judge(
  session: Session,
  order: PromotionOrder,
  { version, open }: Pick<Evidence, "version" | "open">,
): Promise<string | undefined> {
  const file = { environment: order.from, service: order.service };
  const report = await readReport(session, file);
  const running = report && (await versionAt(session, report.commit, valuesPath(file)));
  const { tags } = await readRules(session.clone);
  const problems = promotionProblems(order, { tags, version, report, running, open });
  const refused = problems.filter(({ yields }) => order.force === undefined || !yields);
  if (refused.length > 0) {
    const canForce = refused.every(({ yields }) => yields);
    const hint = canForce ? ['To promote it all the same: --force "<why>".'] : [];
    throw new Failure(...refused.map(({ text }) => text), ...hint);
  }
  for (const { text } of problems) session.say(`Forced although ${text}`);
  return problems.length > 0 ? order.force : undefined;
}

async function versionAt({ clone }: Session, commit: string, path: string): Promise<Version | undefined> {
  if ((await clone.resolve(commit)) === undefined) return undefined;
  const text = await clone.read(commit, path);
  return text === undefined ? undefined : readImage(text, path);
}
