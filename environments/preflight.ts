import { show, type Problem } from "./problems";

/**
 * What is known of the account that owns the repository. What is left out is unknown, and nothing is refused for it.
 */
export interface Account {
  readonly type?: "organization" | "user" | undefined;
  readonly plan?: "free" | "pro" | "team" | "enterprise" | undefined;
  /** By `<organisation>/<team>`; undefined where there is no such team. */
  readonly teams?: Readonly<Record<string, { readonly people: number; readonly mayWrite: boolean } | undefined>>;
}

/** What the program asks of that account. */
export interface Demands {
  readonly visibility: "private" | "internal" | "public";
  /** Each list of code owners, by the key it is configured at. */
  readonly owners: Readonly<Record<string, readonly string[]>>;
}

/**
 * What the account cannot do, before anything is made: GitHub would say so in the middle of an `up`, or not at all. A
 * code owner who may not write, for one, is passed over without a word.
 */
export function preflight(account: Account, { visibility, owners }: Demands): Problem[] {
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
function planProblems({ type, plan }: Account, visibility: Demands["visibility"]): Problem[] {
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
        expected:
          "public on the plan free: there GitHub has neither rulesets nor environments for private repositories",
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
    return problem("a team that exists", "Make it on GitHub, visible to the organisation, or correct its name.");
  return [
    ...(found.mayWrite
      ? []
      : problem("a team that may write to the repository", "Give it the role Write: GitHub passes over any other.")),
    ...(found.people >= 2
      ? []
      : problem(
          `a team of two people or more, not of ${found.people}`,
          "Add people: nobody can approve their own change.",
        )),
  ];
}
