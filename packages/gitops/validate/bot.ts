import { releaseBranch, environmentBranch, promotionBranch } from "@gitops-platform/contract/branches";
import { isDeepStrictEqual } from "node:util";
import { parseDeclarationPath, parseDeliveryPath } from "@gitops-platform/contract/catalogue";
import {
  CODE_OWNERS_PATH,
  parseManifestsPath,
  parseValuesPath,
  RULES_PATH,
  type ValuesFile,
} from "@gitops-platform/contract/paths";
import { decidingRule, parseCodeOwners } from "@gitops-platform/contract/code-owners";
import { SERVICE_SOURCE, type Source } from "@gitops-platform/contract/source";
import { renderingsAt } from "../catalogue/rendering";
import { serviceGraphs } from "../catalogue/service-graph";
import { blobsOf, type Change } from "../git/file-history";
import { summarizeValues } from "../values/differences";
import { type Candidate, environmentOf, type Request } from "./candidate";
import { givesTheSame } from "./environment-delivery";
import type { FileProblem } from "@gitops-platform/rules/entry";
import { MAIN, remoteBranch } from "../git/refs";
import { readRequesters } from "@gitops-platform/contract/trailers";
import { sameVersion, versionName } from "@gitops-platform/contract/values/image";
import { automaticRule } from "@gitops-platform/rules/promotion";
import { personTest } from "../requests/ci";
import { rulesAt } from "../rules";
import { imageStateAt } from "../values/at";

/**
 * Limits a bot's pull request, so that a stolen key of the bot gains little.
 *
 * Into `main` it is merged without a person, so it may change images only. The only exception is files below `.github/`
 * for which GitHub requests a code owner, because other bots update the actions that workflows use. Into `env/<name>`
 * it may bring only what `main` has now. Nobody else may have pushed to its branch. A promotion needs a person's
 * request, or a rule.
 */
export async function bot(candidate: Candidate, request: Request): Promise<FileProblem[]> {
  if (!request.isBot) return [];
  const environment = environmentOf(candidate.branch);
  const others = request.pushers.filter((login) => login !== request.author);
  const wayOut =
    environment === undefined
      ? "Open a pull request of your own."
      : "Close this and delete its branch: the workflow Release makes it again.";
  const problems = others.map((login): FileProblem => {
    return { message: `${login} pushed to ${request.branch}, which is ${request.author}'s. ${wayOut}` };
  });
  const found = environment === undefined ? imagesOnly(candidate) : released(candidate, environment, request);
  return [...problems, ...(await found), ...(await unrequestedPromotion(candidate, request))];
}

async function imagesOnly(candidate: Candidate): Promise<FileProblem[]> {
  const { clone, base, changes } = candidate;
  const owners = parseCodeOwners((await clone.read(base, CODE_OWNERS_PATH)) ?? "");
  const texts = await clone.readBlobs(changes.flatMap(blobsOf));
  const text = (blob: string | undefined) => (blob === undefined ? undefined : texts.get(blob));
  const services = changes.flatMap(({ path }) => parseValuesPath(path)?.service ?? []);
  // A bot that changed a declaration as well is refused for that.
  const renderings = await renderingsAt(clone, base, services);
  const source = (path: string) => {
    const found = renderings.get(parseValuesPath(path)?.service ?? "");
    return found && "source" in found ? found.source : undefined;
  };
  const others = changes.filter((change) => {
    if (isForOwners(change.path) && (decidingRule(owners, change.path)?.owners ?? []).length > 0) return false;
    const own = source(change.path);
    return !own || !isImageChange(change, text(change.before?.blob), text(change.blob), own);
  });
  const message =
    "Got a bot's change; expected one of the tag and the digest of a service's image where they are, or of files " +
    "below .github/ that a code owner must approve. Open a pull request of your own.";
  return others.map(({ path }) => ({ file: path, message }));
}

/** Only people may change the code owners and the command that validates. */
function isForOwners(path: string): boolean {
  return path.startsWith(".github/") && path !== CODE_OWNERS_PATH && !path.startsWith(".github/gitops/");
}

/** Whether a change affects nothing but an image's tag or digest. */
export function isImageChange(
  { path, mode, before }: Pick<Change, "path" | "mode" | "before">,
  was: string | undefined,
  is: string | undefined,
  source: Source = SERVICE_SOURCE,
): boolean {
  if (!parseValuesPath(path) || was === undefined || is === undefined || mode !== before?.mode) return false;
  const [one, other] = [summarizeValues(was, source), summarizeValues(is, source)];
  return one.image !== null && other.image !== null && isDeepStrictEqual(one.others, other.others);
}

async function released(candidate: Candidate, environment: string, { branch }: Request): Promise<FileProblem[]> {
  const { clone, changes } = candidate;
  const prefix = releaseBranch(environment, "");
  const problems: FileProblem[] = branch.startsWith(prefix)
    ? []
    : [{ message: `Got the branch ${branch}; expected ${prefix}…, which a bot's releases have.` }];
  for (const { path, blob } of changes) {
    // These are not on main. Other checks compare them with what they are rendered from.
    if (parseManifestsPath(path) !== undefined || parseDeliveryPath(path)?.environment === environment) continue;
    if ((await clone.find(`${MAIN}:${path}`)) === blob) continue;
    const service = parseDeclarationPath(path);
    if (service !== undefined && (await givesTheSame(candidate, environment, service))) continue;
    problems.push({
      file: path,
      message: "Got another content than on main; expected main's, which a bot releases. Change it there.",
    });
  }
  return problems;
}

/**
 * Refuses a bot's promotion that no person requested, unless the rules on `main` permit exactly this automatic one:
 * it changes one file, to the version of the environment before. Other checks see to it that nothing
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
