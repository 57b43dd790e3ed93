export function nodeProblem(got: string, wanted: string): string | undefined;
