import { parseValuesPath, valuesPath } from "@gitops-platform/contract/paths";
import { SERVICE_SOURCE } from "@gitops-platform/contract/source";
import { environments, approvedEnvironments } from "../environments";
import { decidingRule, mainCodeOwners, PLATFORM_PATHS } from "@gitops-platform/contract/code-owners";
import { isTeam, preflight } from "../preflight";
import { show, suggest, type Problem } from "@gitops-platform/contract/problems";
import type { repositoryArea } from "./repository";
import { seedOf, type seedArea } from "./seed";
import { area, type ConfigurationOf } from "./setting";
import { check, freeMap, githubId, list, text } from "./values";
import type { workflowAppsArea } from "./workflow-apps";

/** The names of GitHub Apps end with [bot]; the names of accounts that programs use often end with -bot. */
const BOT = /(\[bot\]|-bot)$|^(dependabot|github-actions|renovate)$/i;
/** Enterprise Managed Users have a suffix of an underscore and the enterprise's short code. */
const USER_OR_TEAM = /^([a-z0-9]+(-[a-z0-9]+)*(_[a-z0-9]+)?|[a-z0-9]+(-[a-z0-9]+)*\/[a-z0-9_]+(-+[a-z0-9_]+)*)$/i;

const codeOwner = text({
  expected: "a GitHub user, or a team as <organisation>/<team>, without @",
  fix: "Write it as in github.com/<user>, or as in github.com/orgs/<organisation>/teams/<team>.",
})
  .refine((name) => !BOT.test(name), {
    ...check({
      expected: "a person or a team of people",
      fix: "Remove it: an approval by a bot does not count.",
    }),
    // The format of a bot's name needs no second message.
    abort: true,
  })
  .refine((name) => USER_OR_TEAM.test(name));

const teamLines = "Write it as lines of - <organisation>/<team>.";
const codeOwners = list({ expected: "a list of users and teams", fix: teamLines }, codeOwner).refine(
  (names) => names.length > 0,
  check({ expected: "at least one team, or two people", fix: teamLines }),
);

/** The code owners of the repository. */
export const ownersArea = area({
  "repository.platformTeam": {
    schema: codeOwners,
    doc:
      "The owners of charts, workflows and CODEOWNERS: a team as `<organisation>/<team>`, or at least two users. " +
      "The stack that owns the repository requires them.",
    example: ["vaarak/platform"],
    owningStackOnly: true,
  },
  "repository.platformTeamId": {
    schema: githubId("the ID of the team in platformTeam", "Run: gh api orgs/<organisation>/teams/<team> --jq .id"),
    doc:
      "The ID of the only team in `repository.platformTeam`. With it, a second rule of GitHub requires " +
      "its approval.",
    example: 1234567,
    owningStackOnly: true,
  },
  "repository.approvers": {
    schema: freeMap("environment names", codeOwners),
    doc:
      "The approvers of the releases of each environment with an approval branch. " +
      "The stack that owns the repository requires them.",
    example: { prod: ["vaarak/production-approvers"] },
    owningStackOnly: true,
  },
  "repository.codeOwners": {
    schema: freeMap("paths (such as /environments/staging/)", codeOwners),
    doc: "Additional owners on `main`, by path.",
    default: "none",
    example: { "/environments/staging/": ["vaarak/qa"] },
    owningStackOnly: true,
  },
});

/** What the rules of the owners depend on. */
type OwnersConfiguration = ConfigurationOf<
  typeof ownersArea & typeof repositoryArea & typeof workflowAppsArea & typeof seedArea
>;
type OwnersRepository = NonNullable<OwnersConfiguration["repository"]>;

/** Checks the code owners and approvers, in the stack that owns the repository. */
export function checkOwners(configuration: OwnersConfiguration): Problem[] {
  const { repository } = configuration;
  if (!repository) return [];
  const {
    platformTeam,
    platformTeamId,
    approvers = {},
    codeOwners = {},
    account = {},
    visibility = "private",
    ciAccounts = [],
  } = repository;
  const approved = approvedEnvironments();
  const lists = codeOwnersByKey(repository);
  return [
    ...(platformTeam ? [] : [missing("repository.platformTeam", "the owners of charts, workflows and CODEOWNERS")]),
    ...approved
      .filter((name) => !approvers[name])
      .map((name) => missing(`repository.approvers.${name}`, `the approvers of ${name}`)),
    ...Object.entries(approvers)
      .filter(([name]) => !approved.includes(name))
      .map(([name, list]) => unusedApprovers(name, list)),
    ...Object.entries(lists).flatMap(([key, list]) => [
      ...tooFewPeople(key, list),
      ...foreignTeams(key, list, repository.owner),
    ]),
    ...preflight(account, { visibility, owners: lists }),
    ...teamIdWithoutSingleTeam(platformTeamId, platformTeam),
    ...ciAccountsAsOwners(ciAccounts, lists),
    // The files of an adopted repository are unknown here.
    ...checkPaths(codeOwners, repository.adopt === true ? undefined : unownedFiles(configuration)),
  ];
}

/** Every list of code owners, by its configuration key. */
export function codeOwnersByKey({
  platformTeam,
  approvers = {},
  codeOwners = {},
}: OwnersRepository): Record<string, readonly string[]> {
  return {
    ...(platformTeam && { "repository.platformTeam": platformTeam }),
    ...byKey("repository.approvers", approvers),
    ...byKey("repository.codeOwners", codeOwners),
  };
}

function byKey(key: string, lists: Readonly<Record<string, readonly string[]>>): Record<string, readonly string[]> {
  return Object.fromEntries(Object.entries(lists).map(([name, list]) => [`${key}.${name}`, list]));
}

function missing(key: string, expected: string): Problem {
  const fix = "Add lines below it: one - <organisation>/<team>, or at least two - <user>.";
  return { key, got: "nothing", expected, fix };
}

function unusedApprovers(name: string, list: readonly string[]): Problem {
  const known = environments.some((environment) => environment.name === name);
  return {
    key: `repository.approvers.${name}`,
    got: show(list),
    expected: "an environment with an approval branch",
    fix: known
      ? `Remove it: changes of ${name} do not wait on a branch env/${name}. ` +
        `To require approvals on main, name owners of /environments/${name}/ in repository.codeOwners.`
      : suggest(
          name,
          environments.map((environment) => environment.name),
        ),
  };
}

function tooFewPeople(key: string, list: readonly string[]): Problem[] {
  const people = new Set(list.map((name) => name.toLowerCase()));
  if (list.some(isTeam) || people.size >= 2) return [];
  const fix = "Name a second person or a team: nobody can approve their own change.";
  return [{ key, got: show(list), expected: "two people or more, or a team", fix }];
}

function foreignTeams(key: string, list: readonly string[], owner: string): Problem[] {
  return list
    .filter((name) => isTeam(name) && name.split("/")[0]?.toLowerCase() !== owner.toLowerCase())
    .map((name) => ({
      key,
      got: show(name),
      expected: `a team of ${owner}`,
      fix: "GitHub ignores teams of other organisations; name a team of the repository's organisation.",
    }));
}

function teamIdWithoutSingleTeam(id: number | undefined, platformTeam: readonly string[] = []): Problem[] {
  if (id === undefined || (platformTeam.length === 1 && platformTeam.some(isTeam))) return [];
  const fix = "Remove it: with several owners, GitHub would require this team's approval besides another owner's.";
  return [
    { key: "repository.platformTeamId", got: show(id), expected: "one team and no other owner in platformTeam", fix },
  ];
}

/** A CI account that is a code owner could approve its own requests. */
function ciAccountsAsOwners(
  accounts: readonly string[],
  owners: Readonly<Record<string, readonly string[]>>,
): Problem[] {
  const ci = new Set(accounts.map((login) => login.toLowerCase()));
  return Object.entries(owners).flatMap(([key, list]) =>
    list
      .filter((name) => ci.has(name.toLowerCase()))
      .map((name) => {
        const fix = "Name a person or a team: an approval by a program does not count.";
        return { key, got: show(name), expected: "no account from repository.ciAccounts", fix };
      }),
  );
}

/** The files of the first content to which no later CODEOWNERS rule of the platform applies. */
function unownedFiles(configuration: OwnersConfiguration): string[] {
  const values = environments.flatMap(({ name }) =>
    seedOf(configuration).map((service) => valuesPath({ environment: name, service }, SERVICE_SOURCE)),
  );
  return ["README.md", ...values];
}

function isValuesOfEnvironment(path: string): boolean {
  const file = parseValuesPath(path.slice(1));
  return environments.some(({ name }) => name === file?.environment);
}

const PATH = /^\/[\w.*/-]+$/;

function checkPaths(
  codeOwners: Readonly<Record<string, readonly string[]>>,
  files: readonly string[] | undefined,
): Problem[] {
  const rules = mainCodeOwners({ platformTeam: [], codeOwners });
  return Object.keys(codeOwners).flatMap((path): Problem[] => {
    const key = `repository.codeOwners["${path}"]`;
    if (!PATH.test(path)) {
      const fix = "Write it as /environments/staging/.";
      return [
        { key, got: "owners", expected: "a path from the repository's root, of letters, digits and . _ - * /", fix },
      ];
    }
    // A service that is added later has values that are not in the first content.
    const candidates = files && [...files, ...(isValuesOfEnvironment(path) ? [path.slice(1)] : [])];
    if (candidates?.some((file) => decidingRule(rules, file)?.pattern === path) !== false) return [];
    return [
      {
        key,
        got: "owners",
        expected: "a path that is the last match for at least one file",
        fix: `Remove or correct it: it matches no file, or ${PLATFORM_PATHS.join(", ")} or a later path overrides it.`,
      },
    ];
  });
}
