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
import { repeated, table, timed } from "./table";
import { following, runs, type Watching } from "./watching";

const ROUNDS = 30;
/** Of whole bumps, which take seconds. */
const BUMPS = 5;

/** The Deployment of the API service. */
export const api: ObjectRef = { apiVersion: "apps/v1", kind: "Deployment", namespace: "api", name: "api" };

/** Milliseconds from the start of a merge, and from its acceptance, until dev runs it. */
interface Merge {
  asked: number;
  accepted: number;
}

/**
 * A merge until dev runs it, and a bump with all that it waits for. The floor is the least that any way of delivering
 * this chart takes: `git push`, `helm template` and `kubectl apply --server-side` by hand, one after the other.
 */
export async function deliveries(): Promise<string> {
  await startSandbox();
  const [merges, bumps] = await following(api, async (watching) => [
    await repeated(ROUNDS, () => merge(watching, "api")),
    await repeated(BUMPS, () => bump(watching)),
  ]);
  await updateClone();
  const byHand = await deliverByHand(ROUNDS);
  return table([
    { what: "start of the merge → live in dev", times: merges.map(({ asked }) => asked), beside: byHand },
    { what: "accepted merge, as its client sees it → live in dev", times: merges.map(({ accepted }) => accepted) },
    { what: "`gitops bump` → live in dev, its check and merge with it", times: bumps, beside: byHand },
    { what: "floor: `git push`, `helm template`, `kubectl apply --server-side`", times: byHand },
  ]);
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
  const seen = await live;
  return { asked: seen - start, accepted: Math.max(0, seen - accepted) };
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
