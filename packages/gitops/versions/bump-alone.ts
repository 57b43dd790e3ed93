import { bumpBranch } from "@gitops-platform/contract/branches";
import type { Session } from "../session";
import { setImage } from "../values/edit";
import { valuesPath } from "@gitops-platform/contract/paths";
import type { Waiting } from "../polling";
import { type BumpOrder, messageOf, outcomeOf, subjectOf } from "./bump-order";
import { deliver, tipOf, valuesOn } from "./deliver";
import { landedOutcome, type Outcome } from "./outcome";

/** Brings one version to `main` by a pull request of its own. */
export async function bumpAlone(session: Session, order: BumpOrder, waiting: Waiting): Promise<Outcome> {
  const { service, environment, version } = order;
  const path = valuesPath(order);
  const { requestedBy } = await session.actor();
  // Refuses a service that is not there.
  await valuesOn(session.clone, await tipOf(session.clone, "main"), order);
  const delivery = {
    branch: bumpBranch(environment, service),
    path,
    rewrite: (text: string) => setImage(text, version, path),
    subject: subjectOf(order),
    message: messageOf(order, requestedBy),
    body: `Brings ${service} ${version.tag} to ${environment}.`,
  };
  const landed = await deliver(session, delivery, waiting);
  return outcomeOf(order, landed ? landedOutcome(landed) : { state: "already" });
}
