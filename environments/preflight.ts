import { show, type Problem } from "@gitops-platform/contract/problems";

/**
 * Known facts about the account that owns the repository. Missing facts are unknown, and nothing is refused for them.
 */
export interface Account {
  readonly type?: "organization" | "user" | undefined;
  readonly plan?: "free" | "pro" | "team" | "enterprise" | undefined;
  /** The teams by `<organisation>/<team>`; undefined if a team does not exist. */
  readonly teams?: Readonly<Record<string, { readonly people: number; readonly mayWrite: boolean } | undefined>>;
}

/** What the program requires of that account. */
export interface Requirements {
  readonly visibility: "private" | "internal" | "public";
  /** Each list of code owners, by its configuration key. */
  readonly owners: Readonly<Record<string, readonly string[]>>;
}

/**
 * Finds requirements that the account cannot meet, before anything is created. GitHub would report them in the middle
 * of an `up`, or not at all: for example, it silently ignores a code owner without write access.
 */
export function preflight(account: Account, { visibility, owners }: Requirements): Problem[] {
  return [
    ...planProblems(account, visibility),
    ...Object.entries(owners).flatMap(([key, list]) =>
      list.filter(isTeam).flatMap((team) => teamProblems(account, key, team)),
    ),
  ];
}

/** Whether a code owner is a team. */
export function isTeam(owner: string): boolean {
  return owner.includes("/");
}

/** https://docs.github.com/en/get-started/learning-about-github/githubs-plans */
function planProblems({ type, plan }: Account, visibility: Requirements["visibility"]): Problem[] {
  const key = "repository.visibility";
  const got = show(visibility);
  if (visibility === "internal" && (type === "user" || (plan !== undefined && plan !== "enterprise"))) {
    return [
      {
        key,
        got,
        expected: "private or public: only GitHub Enterprise has internal repositories",
        fix: "Remove it for private.",
      },
    ];
  }
  if (visibility === "private" && plan === "free") {
    return [
      {
        key,
        got,
        expected: "public on the Free plan, which has neither rulesets nor environments for private repositories",
        fix: "Change the account's plan to Team, or Pro for a user, or make the repository public.",
      },
    ];
  }
  return [];
}

function teamProblems({ type, teams }: Account, key: string, team: string): Problem[] {
  const problem = (expected: string, fix: string) => [{ key, got: show(team), expected, fix }];
  if (type === "user") {
    return problem(
      "users: a personal account has no teams",
      "Name two people, or move the repository to an organisation.",
    );
  }
  if (!teams) return [];
  const found = teams[team];
  if (!found)
    return problem("a team that exists", "Create it on GitHub, visible to the organisation, or correct its name.");
  return [
    ...(found.mayWrite
      ? []
      : problem(
          "a team with write access to the repository",
          "Give it the role Write: GitHub ignores code owners without it.",
        )),
    ...(found.people >= 2
      ? []
      : problem(
          `a team of two people or more, not of ${found.people}`,
          "Add people: nobody can approve their own change.",
        )),
  ];
}
