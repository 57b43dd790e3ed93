import { valuesPath } from "../contract/paths";
import { environments, followsApprovals } from "./catalogue";
import { decidingRule, mainCodeOwners, PLATFORM_PATHS } from "../contract/code-owners";
import { isTeam, preflight } from "./preflight";
import { show, suggest, type Problem } from "./problems";
import type { Configuration } from "./schema";

/**
 * The environments with an approval branch, according to environments/<name>.ts. Stack settings are not considered:
 * this stack cannot see the other stacks' files, and switching from heal to alert must not remove a protected branch.
 */
export function approvedEnvironments(): string[] {
  return environments.filter(({ delivery }) => followsApprovals(delivery)).map(({ name }) => name);
}

/** Checks the code owners and approvers, in the stack that owns the repository. */
export function checkOwners({ repository, services }: Configuration): Problem[] {
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
  const owners = codeOwnersByKey(repository);
  return [
    ...(platformTeam ? [] : [missing("repository.platformTeam", "the owners of charts, workflows and CODEOWNERS")]),
    ...approved
      .filter((name) => !approvers[name])
      .map((name) => missing(`repository.approvers.${name}`, `the approvers of ${name}`)),
    ...Object.entries(approvers)
      .filter(([name]) => !approved.includes(name))
      .map(([name, list]) => unusedApprovers(name, list)),
    ...Object.entries(owners).flatMap(([key, list]) => [
      ...tooFewPeople(key, list),
      ...foreignTeams(key, list, repository.owner),
    ]),
    ...preflight(account, { visibility, owners }),
    ...teamIdWithoutSingleTeam(platformTeamId, platformTeam),
    ...ciAccountsAsOwners(ciAccounts, owners),
    // The files of an adopted repository are unknown here.
    ...checkPaths(codeOwners, repository.adopt === true ? undefined : unownedFiles(services)),
  ];
}

/** Every list of code owners, by its configuration key. */
export function codeOwnersByKey({
  platformTeam,
  approvers = {},
  codeOwners = {},
}: NonNullable<Configuration["repository"]>): Record<string, readonly string[]> {
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

/** The files of a new repository to which no later CODEOWNERS rule of the platform applies. */
function unownedFiles(services: Configuration["services"] = [{ name: "api" }]): string[] {
  const values = environments.flatMap(({ name }) =>
    services.map((service) => valuesPath({ environment: name, service: service.name })),
  );
  return ["README.md", ...values];
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
    if (files?.some((file) => decidingRule(rules, file)?.pattern === path) !== false) return [];
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
