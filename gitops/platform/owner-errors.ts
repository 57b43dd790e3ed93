import { RequestError } from "@octokit/request-error";
import { approvedEnvironments, environmentBranch } from "../../environments/catalogue";
import type { Problem } from "../../environments/problems";
import type { ApiSession } from "../session";

/**
 * What GitHub finds wrong with the CODEOWNERS of each branch that is protected: above all an owner who may not write,
 * people and teams alike, whom it passes over without a word when a change asks for its owners. Nothing is found where
 * the repository, the branch or its file is not there yet.
 */
export async function ownerErrors({
  github,
  repository,
}: Pick<ApiSession, "github" | "repository">): Promise<Problem[]> {
  const branches = ["main", ...approvedEnvironments().map(environmentBranch)];
  const found = await Promise.all(
    branches.map(async (ref) =>
      (await errorsOf(github.rest.repos.codeownersErrors({ ...repository, ref }))).map(problemOn(ref)),
    ),
  );
  return found.flat();
}

interface OwnerError {
  readonly line: number;
  readonly column: number;
  readonly kind: string;
  readonly source?: string;
  readonly suggestion?: string | null;
  readonly path: string;
}

async function errorsOf(asked: Promise<{ data: { errors: readonly OwnerError[] } }>): Promise<readonly OwnerError[]> {
  try {
    return (await asked).data.errors;
  } catch (error) {
    if (error instanceof RequestError && error.status === 404) return [];
    throw error;
  }
}

function problemOn(branch: string) {
  return ({ line, column, kind, source = "", suggestion, path }: OwnerError): Problem => {
    const isOwner = kind === "Unknown owner";
    return {
      key: `${path}:${line} on ${branch}`,
      got: source.slice(column - 1).split(/\s/, 1)[0] ?? "nothing",
      expected: isOwner ? "an owner who may write to the repository: GitHub passes over any other" : "no mistake",
      fix: isOwner
        ? "Give the role Write, or correct the name."
        : `${kind}. ${suggestion ?? "Correct the line by a pull request."}`,
    };
  };
}
