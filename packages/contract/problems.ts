/** One problem in the configuration. */
export interface Problem {
  /** The key as people write it, such as `services[1].name`. */
  readonly key: string;
  /** The value in the form of {@link show}. */
  readonly got: string;
  /** What the value must be, as a phrase that follows "expected". */
  readonly expected: string;
  /** What to do about it, as a complete sentence. */
  readonly fix: string;
}

/** The line for one problem: `key: got value; expected rule. fix`. */
export function formatProblem({ key, got, expected, fix }: Problem): string {
  return `${key}: got ${got}; expected ${expected}. ${fix}`;
}

/** The complete report. Pulumi shows it as the only message of a run that registered nothing. */
export function formatReport(stack: string, problems: readonly Problem[]): string {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return [
    `The configuration of stack ${stack} has ${count}; nothing was changed.`,
    ...problems.map(formatProblem),
  ].join("\n  ");
}

/** Replaces the value of a secret in a message. */
export const HIDDEN = "a secret value";

const SHOWN_CHARACTERS = 80;

/** A value on one line, shortened, and without credentials in URLs. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  // Hides a private key in a setting that expects the public key.
  if (typeof value === "string" && value.includes("PRIVATE KEY")) return HIDDEN;
  const text = JSON.stringify(value).replace(/\/\/[^/\s"]*@/g, "//…@");
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

/** Suggests the known name that was probably meant, or lists all of them. */
export function suggest(name: string, known: readonly string[]): string {
  const nearest = known
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0];
  if (nearest && nearest.distance <= Math.max(2, Math.floor(name.length / 3))) {
    return `Did you mean ${nearest.candidate}?`;
  }
  return known.length > 20 ? "Remove it." : `Remove it, or use one of ${known.join(", ")}.`;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [row, letter] of Array.from(a).entries()) {
    const current = [row + 1];
    for (const [column, other] of Array.from(b).entries()) {
      const substituted = (previous[column] ?? 0) + (letter === other ? 0 : 1);
      current.push(Math.min(substituted, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/** An error for one problem in the configuration that was found while using it. */
export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(formatProblem(problem));
    this.name = "ProblemError";
  }
}
