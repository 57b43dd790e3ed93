import { environmentBranch } from "./branches";
import { show, suggest, type Problem } from "./problems";

/** The purposes of environments, from the first to the last. The policy pack requires more of a later stage. */
export const STAGES = ["development", "staging", "production"] as const;
export type Stage = (typeof STAGES)[number];

/** What `gitops` knows about an environment. */
export interface EnvironmentNode {
  readonly name: string;
  readonly stage: Stage;
  /**
   * The environment whose versions are promoted into this one. Undefined for the entry, into which CI bumps new
   * versions.
   */
  readonly promotesFrom?: string | undefined;
  /** Whether its changes wait for approval on the branch `env/<name>`. */
  readonly waitsForApproval: boolean;
}

/** The environments and the promotions between them: a tree with one entry. */
export class EnvironmentGraph {
  /** Sorted: an environment comes after its predecessor, from which it promotes. */
  readonly environments: readonly EnvironmentNode[];

  /** @param environments Without {@link graphProblems}. Those that no entry leads to are left out. */
  constructor(environments: readonly EnvironmentNode[]) {
    const from = (name: string | undefined): EnvironmentNode[] =>
      environments
        .filter(({ promotesFrom }) => promotesFrom === name)
        .flatMap((environment) => [environment, ...from(environment.name)]);
    this.environments = from(undefined);
  }

  /** In the order of promotion. */
  get names(): string[] {
    return this.environments.map(({ name }) => name);
  }

  /** The environment into which CI bumps new versions. */
  get entry(): string {
    return this.environments[0]?.name ?? "";
  }

  has(name: string): boolean {
    return this.find(name) !== undefined;
  }

  /** The environment that a version comes from; undefined for the entry and for unknown names. */
  previous(name: string): string | undefined {
    return this.find(name)?.promotesFrom;
  }

  /** The environments that a version is promoted into. */
  next(name: string): string[] {
    return this.environments.filter(({ promotesFrom }) => promotesFrom === name).map((environment) => environment.name);
  }

  /** Whether a version gets from one environment to another, also through others. */
  leads(from: string, to: string): boolean {
    const previous = this.previous(to);
    return previous !== undefined && (previous === from || this.leads(from, previous));
  }

  /** The graph without some environments. Those that follow one of them follow the nearest one before it. */
  without(names: ReadonlySet<string>): EnvironmentGraph {
    const nearest = (name: string | undefined): string | undefined =>
      name !== undefined && names.has(name) ? nearest(this.previous(name)) : name;
    const left = this.environments.filter(({ name }) => !names.has(name));
    return new EnvironmentGraph(
      left.map((environment) => ({ ...environment, promotesFrom: nearest(environment.promotesFrom) })),
    );
  }

  /** The environments whose changes wait for approval. */
  get approved(): string[] {
    return this.environments.filter(({ waitsForApproval }) => waitsForApproval).map(({ name }) => name);
  }

  /** The environments whose Applications follow `main`. */
  get followingMain(): string[] {
    return this.environments.filter(({ waitsForApproval }) => !waitsForApproval).map(({ name }) => name);
  }

  /** The environment whose branch has exactly that name; undefined for any other branch, even below `env/`. */
  ofBranch(branch: string): string | undefined {
    return this.environments.find(({ name }) => environmentBranch(name) === branch)?.name;
  }

  /**
   * The pairs of environments whose values must be equal except for what the rules permit: each of the stage
   * production, and the one that tries its versions first.
   */
  get mirrors(): Mirror[] {
    return this.environments.flatMap(({ name, stage, promotesFrom }) =>
      stage === "production" && promotesFrom !== undefined ? [{ trial: promotesFrom, production: name }] : [],
    );
  }

  private find(name: string): EnvironmentNode | undefined {
    return this.environments.find((environment) => environment.name === name);
  }
}

/** Two environments whose values must be equal except for what the rules permit. */
export interface Mirror {
  /** The environment that tries a version before `production` gets it. */
  readonly trial: string;
  readonly production: string;
}

/**
 * A valid name of an environment. It is a label's value in Kubernetes, a Pulumi stack, and one segment of the names of
 * branches, tags and files.
 */
const NAME = /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/;

/** Whether an environment can have that name, whether or not there is one. */
export function isEnvironmentName(name: string): boolean {
  return NAME.test(name);
}

/** GitHub's deployment environments of the Apps' keys. Each environment also has a deployment environment. */
const APP_ENVIRONMENTS = ["bump", "release"];

/**
 * Finds everything that is wrong with the declared environments.
 * @param place The key of the whole declaration, such as `environments`.
 */
export function graphProblems(environments: readonly EnvironmentNode[], place = "environments"): Problem[] {
  if (environments.length === 0) {
    return [{ key: place, got: "none", expected: "at least one environment", fix: "Declare one." }];
  }
  return [
    ...environments.flatMap((environment) => nameProblems(environment, place)),
    ...duplicates(environments, place),
    ...environments.flatMap((environment) => edgeProblems(environment, environments, place)),
    ...cycles(environments, place),
    ...entryProblems(environments, place),
  ];
}

function nameProblems({ name }: EnvironmentNode, place: string): Problem[] {
  const problem = (expected: string, fix: string) => [{ key: `${place}.${name}`, got: show(name), expected, fix }];
  if (!isEnvironmentName(name)) {
    const expected = "at most 40 lower-case letters, digits and hyphens, a letter first and no hyphen last";
    return problem(expected, "Rename it: branches, labels and the stack have this name.");
  }
  if (APP_ENVIRONMENTS.includes(name)) {
    const expected = "another name than those of the deployment environments with the Apps' keys";
    return problem(expected, "Rename it.");
  }
  if (/(^|-)(to|in)(-|$)/.test(name)) {
    const expected = 'a name without "to" and "in" between hyphens';
    return problem(expected, "Rename it: branches such as promote/<service>-to-<environment> would be ambiguous.");
  }
  return [];
}

function duplicates(environments: readonly EnvironmentNode[], place: string): Problem[] {
  const names = environments.map(({ name }) => name);
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...repeated].map((name) => ({
    key: `${place}.${name}`,
    got: `${names.filter((each) => each === name).length} environments of that name`,
    expected: "one",
    fix: "Rename the others.",
  }));
}

function edgeProblems(
  { name, stage, promotesFrom }: EnvironmentNode,
  all: readonly EnvironmentNode[],
  place: string,
): Problem[] {
  if (promotesFrom === undefined) return [];
  const previous = all.find((environment) => environment.name === promotesFrom);
  if (!previous) {
    const others = all.map((environment) => environment.name).filter((each) => each !== name);
    const key = `${place}.${name}.promotesFrom`;
    return [{ key, got: show(promotesFrom), expected: "another environment", fix: suggest(promotesFrom, others) }];
  }
  if (STAGES.indexOf(stage) >= STAGES.indexOf(previous.stage)) return [];
  return [
    {
      key: `${place}.${name}.stage`,
      got: show(stage),
      expected: `${previous.stage}, as ${promotesFrom} that it promotes from, or a later one`,
      fix: "Correct the stage, or promotesFrom.",
    },
  ];
}

/** Reports each cycle once, at the environment in it that is declared first. */
function cycles(environments: readonly EnvironmentNode[], place: string): Problem[] {
  const from = new Map(environments.map(({ name, promotesFrom }) => [name, promotesFrom]));
  const reported = new Set<string>();
  return [...from.keys()].flatMap((start) => {
    const path = [start];
    let name = from.get(start);
    while (name !== undefined && !path.includes(name)) {
      path.push(name);
      name = from.get(name);
    }
    if (name !== start || reported.has(start)) return [];
    for (const each of path) reported.add(each);
    return [
      {
        key: `${place}.${start}.promotesFrom`,
        got: `a cycle: ${[...path, start].toReversed().join(" → ")}`,
        expected: "a way from the entry to each environment",
        fix: "Remove promotesFrom of the environment into which CI bumps, or name another one.",
      },
    ];
  });
}

/** There is one entry, because a version begins in one place and each environment has one that it comes from. */
function entryProblems(environments: readonly EnvironmentNode[], place: string): Problem[] {
  const entries = environments.filter(({ promotesFrom }) => promotesFrom === undefined).map(({ name }) => name);
  // Without an entry there is a cycle, or an unknown environment, which is reported already.
  if (entries.length <= 1) return [];
  const fix = "Set promotesFrom of the others.";
  return [{ key: place, got: `${entries.join(", ")} without promotesFrom`, expected: "one, into which CI bumps", fix }];
}
