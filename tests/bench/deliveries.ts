import { join } from "node:path";
import { execa } from "execa";
import type { ObjectRef } from "@gitops-platform/clients/kubernetes";
import {
  credentials,
  git,
  github,
  gitHost,
  gitops,
  mergePull,
  newTag,
  propose,
  updateClone,
  valuesFile,
  writeTag,
} from "./changes";
import { paths, startSandbox } from "./sandbox";
import { type Figure, type Part, repeated, timed } from "./measure";
import { loggedDuring, STAGE_LABELS, stagesOf } from "./stages";
import { following, runs, type Watching } from "./watching";

const ROUNDS = 30;
/** Of whole bumps, which take seconds. */
const BUMPS = 5;

/** The Deployment of the API service. */
export const api: ObjectRef = { apiVersion: "apps/v1", kind: "Deployment", namespace: "api", name: "api" };

/** When a merge was requested, when GitHub had accepted it, and when dev had it, by `performance.now()`. */
interface Merge {
  readonly start: number;
  readonly accepted: number;
  readonly live: number;
}

/** Milliseconds from the request for a merge until dev has it. */
export const sinceRequest = ({ start, live }: Merge) => live - start;

/** Milliseconds from an accepted merge until dev has it. */
export const sinceAccepted = ({ accepted, live }: Merge) => Math.max(0, live - accepted);

/**
 * A merge until dev has it, its stages, and a bump with all that it waits for. The floor is the least that any way of
 * delivering this chart takes: `git push`, `helm template` and `kubectl apply --server-side` by hand, one after the
 * other.
 */
export async function deliveries(): Promise<Part> {
  await startSandbox();
  const { merges, stages, bumps } = await following(api, async (watching) => {
    const logged = await loggedDuring(async (lines) => {
      const each = await repeated(ROUNDS, () => merge(watching, "api"));
      const known = each.map((one) => stagesOf(lines, "api", one)).filter((times) => times !== undefined);
      return { merges: each, stages: known };
    });
    return { ...logged, bumps: await repeated(BUMPS, () => bump(watching)) };
  });
  await updateClone();
  const floor = await deliverByHand(ROUNDS);
  return {
    figures: {
      merge: {
        title: "A merge, from its request until dev has it",
        series: { ours: merges.map(sinceRequest), floor },
      },
      "accepted-merge": {
        title: "A merge, from its acceptance until dev has it",
        goal: { p50: 600, p95: 1000 },
        series: { ours: merges.map(sinceAccepted), floor },
      },
      "merge-stages": stagesFigure(stages),
      bump: { title: "`gitops bump`, with its check and merge, until dev has it", series: { ours: bumps, floor } },
    },
  };
}

function stagesFigure(stages: readonly Readonly<Record<string, number>>[]): Figure {
  const names = Object.keys(STAGE_LABELS);
  return {
    title: "Where the time of a merge goes, by Argo CD's logs",
    labels: STAGE_LABELS,
    series: Object.fromEntries(names.map((name) => [name, stages.map((each) => each[name] ?? Number.NaN)])),
  };
}

/** Merges another version of a service to `main`. */
export async function merge(watching: Watching, service: string, before?: () => Promise<unknown>): Promise<Merge> {
  const developer = await github(credentials().people.developer);
  const tag = newTag();
  await updateClone();
  await writeTag(service, tag);
  const number = await propose(developer, tag);
  await before?.();
  const live = watching.when(runs(tag));
  const start = performance.now();
  const accepted = await mergePull(developer, number);
  return { start, accepted, live: await live };
}

/** Milliseconds from the start of `gitops bump` until dev runs it: pull request, check and merge with it. */
async function bump(watching: Watching): Promise<number> {
  const server = await gitHost();
  const env = {
    GITHUB_SERVER_URL: server,
    GITHUB_API_URL: `${server}/api/v3`,
    GITHUB_TOKEN: credentials().people.developer,
  };
  const tag = newTag();
  const live = watching.when(runs(tag));
  const start = performance.now();
  const args = [
    "packages/gitops/bin/gitops.js",
    "--repo",
    `${gitops.owner}/${gitops.repo}`,
    "bump",
    "api",
    "--tag",
    tag,
  ];
  await execa(process.execPath, args, { cwd: paths.root, env });
  return (await live) - start;
}

/** The same change by hand, into a namespace that Argo CD does not look at. */
export async function deliverByHand(rounds: number): Promise<number[]> {
  const kubectl = (args: string[], input = "") =>
    execa(join(paths.bin, "kubectl"), ["--kubeconfig", paths.environments.dev.kubeconfig, ...args], { input });
  await kubectl(["create", "namespace", "floor"]);
  const values = ["--values", valuesFile("api"), "--namespace", "floor"];
  const times = await repeated(rounds, async () => {
    await writeTag("api", newTag());
    await git("commit", "--quiet", "--all", "--message", "Bench: by hand");
    return timed(async () => {
      await git("push", "--quiet", "--force", "origin", "HEAD:refs/heads/floor");
      const helm = await execa(join(paths.bin, "helm"), ["template", "api", "charts/service", ...values], {
        cwd: paths.clone,
      });
      await kubectl(["apply", "--server-side", "--filename", "-", "--namespace", "floor"], helm.stdout);
    });
  });
  await updateClone();
  await git("push", "--quiet", "--delete", "origin", "floor");
  await kubectl(["delete", "namespace", "floor"]);
  return times;
}
