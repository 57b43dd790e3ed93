import { environmentBranch, promotionBranch } from "@gitops-platform/contract/branches";
import { parseValuesPath, RULES_PATH, type ValuesFile } from "@gitops-platform/contract/paths";
import { readRequesters } from "@gitops-platform/contract/trailers";
import { sameVersion, versionName } from "@gitops-platform/contract/values/image";
import type { FileProblem } from "@gitops-platform/rules/entry";
import { automaticRule } from "@gitops-platform/rules/promotion";
import { serviceGraphs } from "../catalogue/service-graph";
import { MAIN, remoteBranch } from "../git/refs";
import { personTest } from "../requests/ci";
import { rulesAt } from "../rules";
import { imageStateAt } from "../values/at";
import type { Candidate, Request } from "./candidate";

/**
 * Refuses a bot's promotion that no person requested, unless it is exactly the one that the rules on `main` let an
 * environment get by itself: one file, with the version of the environment before. Other checks see to it that nothing
 * but the version changes, and that nobody but the bot pushed it.
 */
export async function unrequestedPromotion(candidate: Candidate, request: Request): Promise<FileProblem[]> {
  if (candidate.branch !== "main" || !request.isBot || !request.branch.startsWith("promote/")) return [];
  if (await isRequested(candidate)) return [];
  const [change, ...others] = candidate.changes;
  const target = change && parseValuesPath(change.path);
  if (!target || others.length > 0 || promotionBranch(target.service, target.environment) !== request.branch) {
    const got = candidate.changes.map(({ path }) => path).join(", ") || "nothing";
    return [
      { message: `${NOBODY}. Got a change of ${got}; expected the one file that ${request.branch} is named after.` },
    ];
  }
  const file = change.path;
  return (await problemsOf(candidate, target)).map((problem) => ({ file, message: `${NOBODY}. ${problem}` }));
}

const NOBODY = "No person requested this promotion";

/** Whether one of its commits names a person. Only the bot's own commits get this far. */
async function isRequested({ clone, base, head }: Candidate): Promise<boolean> {
  const isPerson = await personTest(clone);
  const messages = await clone.git("log", "-z", "--format=%B", head, "--not", base);
  return messages.split("\0").flatMap(readRequesters).some(isPerson);
}

async function problemsOf(candidate: Candidate, target: ValuesFile): Promise<string[]> {
  const { clone, base, tree, graph } = candidate;
  const { service, environment } = target;
  const key = automaticRule(environment);
  const previous = (await serviceGraphs(clone, base, graph)).of(service).previous(environment);
  const { rules, problems } = await rulesAt(clone, base, graph);
  if (problems.length > 0) return [`${RULES_PATH} on main cannot be read. Correct it first.`];
  if (previous === undefined || !rules.promotion.has(environment)) {
    const fix = "Promote it yourself, with gitops promote";
    return [`${key}: got nothing in ${RULES_PATH} on main; expected automatic: true. ${fix}.`];
  }
  const source = { service, environment: previous };
  const after = await imageStateAt(clone, tree, target);
  const brought = after.state === "read" ? versionName(after.image) : "no version that can be read";
  const branches = [MAIN, ...(graph.approved.includes(previous) ? [remoteBranch(environmentBranch(previous))] : [])];
  const found = await Promise.all(branches.map((branch) => imageStateAt(clone, branch, source)));
  return found.flatMap((before) => {
    if (after.state === "read" && before.state === "read" && sameVersion(after.image, before.image)) return [];
    const rule = before.state === "read" ? versionName(before.image) : "a version that can be read";
    return [`Got ${brought}; expected ${rule}, the version of ${previous}. The workflow makes it again.`];
  });
}
