import { join } from "node:path";
import { execa } from "execa";
import { credentials, gitHost, gitops } from "./changes";
import { type Part, repeated, timed } from "./measure";
import { paths, startSandbox } from "./sandbox";

const ROUNDS = 10;
/** Of a review, which takes seconds. */
const REVIEWS = 3;

/** How long commands take from the shell. The floor is Node.js, which does nothing. */
export async function commands(): Promise<Part> {
  await startSandbox();
  const server = await gitHost();
  const env = {
    GITHUB_SERVER_URL: server,
    GITHUB_API_URL: `${server}/api/v3`,
    GITHUB_TOKEN: credentials().people.developer,
  };
  const node = (...args: string[]) => execa(process.execPath, args, { cwd: paths.root, env });
  const command = join("packages", "gitops", "bin", "gitops.js");
  const repository = ["--repo", `${gitops.owner}/${gitops.repo}`];
  const floor = await repeated(ROUNDS, () => timed(() => node("--eval", "")));
  const starts = await repeated(ROUNDS, () => timed(() => node(command, "--version")));
  const statuses = await repeated(ROUNDS, () => timed(() => node(command, ...repository, "status")));
  const review = ["-r", "./scripts/register.js", join("packages", "review", "main.ts")];
  const reviews = await repeated(REVIEWS, () => timed(() => node(...review)));
  const labels = { floor: "Node.js, which does nothing" };
  return {
    figures: {
      "start-up": { title: "`gitops --version`", labels, goal: { p50: 300 }, series: { ours: starts, floor } },
      status: { title: "`gitops status`", labels, goal: { p50: 1000 }, series: { ours: statuses, floor } },
      review: {
        title: "`npm run review` of all stacks",
        labels,
        goal: { p50: 8000 },
        series: { ours: reviews, floor },
      },
    },
  };
}
