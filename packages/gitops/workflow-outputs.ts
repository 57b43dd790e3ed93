import { appendFile } from "node:fs/promises";

/** Whether a step of a GitHub workflow runs this. */
export function inWorkflow(env = process.env): boolean {
  return env.GITHUB_OUTPUT !== undefined && env.GITHUB_OUTPUT !== "";
}

/** Sets outputs of the workflow's step. A random delimiter keeps a value from setting another output. */
export async function setOutputs(values: Readonly<Record<string, string>>, env = process.env): Promise<void> {
  const entries = Object.entries(values).map(([name, value]) => {
    const end = `end-${crypto.randomUUID()}`;
    return `${name}<<${end}\n${value.trimEnd()}\n${end}\n`;
  });
  await appendFile(env.GITHUB_OUTPUT ?? "", entries.join(""));
}
