import { Failure } from "@gitops-platform/contract/failure";
import { bot } from "./bot";
import type { Candidate, Request } from "./candidate";
import { catalogue, serviceSteps } from "./catalogue";
import { chart, chartSources } from "./chart";
import { environmentBranch, environmentOwners } from "./environment-branch";
import { environmentDeclarations, environmentDelivery } from "./environment-delivery";
import type { FileProblem } from "@gitops-platform/rules/entry";
import { manifestFiles } from "./manifests";
import { idleEntries, mirrored, plainSecrets, secretsOfValues, withoutSecrets } from "./values";
import { movingTags, rulesFor } from "./broken-rules";
import { origins } from "./origins";
import type { Reading } from "@gitops-platform/rules/rules";
import { newExceptions, takenHosts } from "./service-rights";
import { unreadableSources, unreadFiles } from "./sourced";
import { syntax, twoReaders } from "./syntax";
import { links, unexpectedFiles } from "./unexpected-files";

/**
 * Runs every check of a change, and returns what must be corrected before it may be merged.
 * @param request The pull request; undefined for a change without one.
 */
export async function validate(candidate: Candidate, request?: Request): Promise<FileProblem[]> {
  // These checks come first and end the run: links are never followed, and Helm never runs on a chart that makes it
  // load other files.
  const linked = links(candidate);
  if (linked.length > 0) return linked;
  const refused = [
    ...unexpectedFiles(candidate),
    ...(await chartSources(candidate)),
    ...(await origins(candidate)),
    ...(await unreadableSources(candidate)),
    ...(await unreadFiles(candidate)),
  ];
  if (refused.length > 0) return refused;
  const unreadable = [...(await syntax(candidate)), ...(await failureAsProblem(() => twoReaders(candidate)))];
  // Later checks would report an unreadable file again, in less helpful words.
  const said = new Set(unreadable.map(({ file, message }) => file ?? message));
  const rules = await rulesFor(candidate);
  const secrets = await secretsOfValues(candidate);
  const problems = [
    ...environmentBranch(candidate),
    ...(await manifestFiles(candidate)),
    ...(await environmentOwners(candidate)),
    ...(await failureAsProblem(() => catalogue(candidate))),
    ...(await failureAsProblem(() => environmentDelivery(candidate))),
    ...(await failureAsProblem(() => environmentDeclarations(candidate))),
    ...(await failureAsProblem(() => serviceSteps(candidate))),
    ...(request ? await bot(candidate, request) : []),
    ...unreadable,
    ...plainSecrets(secrets, rules.rules.secrets),
    ...(await idleEntries(candidate, rules.rules.secrets)),
    ...(await byRules(candidate, rules, said)),
  ];
  const rendering = await failureAsProblem(() => chart(candidate, rules.rules, secrets));
  // A policy that cannot be read stops the catalogue's check with the same words.
  for (const { file, message } of problems) if (file === undefined) said.add(message);
  const all = [...problems, ...rendering.filter(({ file, message }) => !said.has(file ?? message))];
  return withoutSecrets(all, secrets);
}

/** What the platform team's rules refuse. If the rules cannot be read, what is wrong with them instead. */
async function byRules(
  candidate: Candidate,
  { rules, problems }: Reading,
  unreadable: ReadonlySet<string>,
): Promise<FileProblem[]> {
  if (problems.length > 0) return [...problems];
  const moving = await movingTags(candidate, rules.tags);
  return [
    ...moving.filter(({ file }) => file === undefined || !unreadable.has(file)),
    ...(await takenHosts(candidate, rules.hosts)),
    ...(await newExceptions(candidate, rules.exceptions)),
    ...(await mirrored(candidate, rules.staging)),
  ];
}

/** Turns a failure of a check into a problem, so that the report still has the problems of the other checks. */
export async function failureAsProblem(check: () => Promise<FileProblem[]>): Promise<FileProblem[]> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof Failure) return [{ message: error.message }];
    throw error;
  }
}
