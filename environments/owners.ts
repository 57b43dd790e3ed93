import { environments, followsApprovals } from "./catalogue";
import { decidingRule, mainCodeOwners, PLATFORM_PATHS } from "./code-owners";
import { isTeam, preflight } from "./preflight";
import { show, suggest, type Problem } from "./problems";
import type { Configuration } from "./schema";

/**
 * The environments whose changes wait on `env/<name>`, by environments/<name>.ts: this stack cannot see the other
 * stacks' files, and a switch of its own from heal to alert must not make a protected branch leave the program.
 */
export function approvedEnvironments(): string[] {
  return environments.filter(({ delivery }) => followsApprovals(delivery)).map(({ name }) => name);
}

/** Checks who answers for what, in the stack that owns the repository. */
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
      .map((name) => missing(`repository.approvers.${name}`, `who approves what goes to ${name}`)),
    ...Object.entries(approvers)
      .filter(([name]) => !approved.includes(name))
      .map(([name, list]) => approversOfNothing(name, list)),
    ...Object.entries(owners).flatMap(([key, list]) => [
      ...enoughPeople(key, list),
      ...foreignTeams(key, list, repository.owner),
    ]),
    ...preflight(account, { visibility, owners }),
    ...numberOfNoTeam(platformTeamId, platformTeam),
    ...ciOwnsNothing(ciAccounts, owners),
    // What an adopted repository holds, only it knows.
    ...checkPaths(codeOwners, repository.adopt === true ? undefined : openFiles(services)),
  ];
}

/** Every list of code owners, by the key that it is configured at. */
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
  const fix = "Write below it lines of - <organisation>/<team>, or of - <user> for two people.";
  return { key, got: "nothing", expected, fix };
}

function approversOfNothing(name: string, list: readonly string[]): Problem {
  const known = environments.some((environment) => environment.name === name);
  return {
    key: `repository.approvers.${name}`,
    got: show(list),
    expected: "an environment whose changes wait for an approval in Git",
    fix: known
      ? `Remove it: no branch env/${name} holds changes back. repository.codeOwners can name owners of /environments/${name}/ on main.`
      : suggest(
          name,
          environments.map((environment) => environment.name),
        ),
  };
}

function enoughPeople(key: string, list: readonly string[]): Problem[] {
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
      fix: "GitHub passes over the teams of other organisations; name one of the repository's.",
    }));
}

function numberOfNoTeam(id: number | undefined, platformTeam: readonly string[] = []): Problem[] {
  if (id === undefined || (platformTeam.length === 1 && platformTeam.some(isTeam))) return [];
  const fix = "Remove it: each of several owners would have to approve.";
  return [
    { key: "repository.platformTeamId", got: show(id), expected: "one team in platformTeam, and nobody else", fix },
  ];
}

/** An account of CI that is a code owner could approve what it asked for. */
function ciOwnsNothing(accounts: readonly string[], owners: Readonly<Record<string, readonly string[]>>): Problem[] {
  const ci = new Set(accounts.map((login) => login.toLowerCase()));
  return Object.entries(owners).flatMap(([key, list]) =>
    list
      .filter((name) => ci.has(name.toLowerCase()))
      .map((name) => {
        const fix = "Name a person or a team: an approval by a program is nobody's.";
        return { key, got: show(name), expected: "nobody of repository.ciAccounts", fix };
      }),
  );
}

/** The files of a new repository that nobody owns yet. */
function openFiles(services: Configuration["services"] = [{ name: "api" }]): string[] {
  const values = environments.flatMap(({ name }) =>
    services.map((service) => `environments/${name}/${service.name}.yaml`),
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
        expected: "a path that is the last to match some file",
        fix: `Remove it, or correct it: nothing matches it, or ${PLATFORM_PATHS.join(", ")} or a later path does too.`,
      },
    ];
  });
}
