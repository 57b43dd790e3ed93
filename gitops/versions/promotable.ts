import { environments } from "../../environments/catalogue";
import { healthProblem, type Report } from "../github/health";
import { movingProblem, type TagRules } from "../rules/tags";
import { sameVersion, type Version, versionName } from "../values/image";

/** What a promotion is asked for. */
export interface PromotionOrder {
  readonly service: string;
  /** The environment that runs it already. */
  readonly from: string;
  /** The environment that gets it. */
  readonly to: string;
  /** Why it is promoted although health or version would refuse it; undefined: they may refuse. */
  readonly force: string | undefined;
}

/** What is known of a promotion before it is made. */
export interface Evidence {
  /** What counts as one build, as `main` says it. */
  readonly tags: TagRules;
  /** The version that `main` says for the source. */
  readonly version: Version;
  readonly report: Report | undefined;
  /** The version of the commit that the source's report is about; undefined where that has none. */
  readonly running: Version | undefined;
  /** The version that an open promotion of the service into the same environment brings. */
  readonly open: { readonly version: Version; readonly url: string } | undefined;
}

/** Why environments cannot follow each other in a promotion; undefined where they can. */
export function orderProblem(from: string, to: string): string | undefined {
  const names = environments.map(({ name }) => name);
  const next = names[names.indexOf(from) + 1];
  if (!names.includes(from) || !names.includes(to) || to === next) return undefined;
  const way = `A version goes ${names.join(", then ")}: none is left out.`;
  return next === undefined
    ? `from: got ${from}; expected an environment that another one follows. ${way}`
    : `to: got ${to}; expected ${next}, which follows ${from}. ${way}`;
}

/** Everything that speaks against a promotion. What `force` can set aside is marked. */
export function promotionProblems(
  { service, from, to }: Pick<PromotionOrder, "service" | "from" | "to">,
  { tags, version, report, running, open }: Evidence,
): { readonly text: string; readonly yields: boolean }[] {
  const moving = movingProblem(version, tags);
  const health = healthProblem({ environment: from, service }, report);
  const got = running ? versionName(running) : "something that the repository does not have";
  const other =
    `version: ${from} runs ${got}; expected ${versionName(version)}, which main says. ` +
    "Wait until it is deployed, or see in Argo CD why it is not.";
  const runsOther = report !== undefined && !(running && sameVersion(running, version));
  const conflict =
    open && !sameVersion(open.version, version)
      ? `promotion: ${open.url} brings ${versionName(open.version)} to ${to} already; expected no other at the same time. Merge or close it first.`
      : undefined;
  return [
    // `validate` refuses such a tag too.
    ...(moving === undefined ? [] : [{ text: moving, yields: false }]),
    ...(health === undefined ? [] : [{ text: health, yields: true }]),
    ...(runsOther ? [{ text: other, yields: true }] : []),
    ...(conflict === undefined ? [] : [{ text: conflict, yields: true }]),
  ];
}
