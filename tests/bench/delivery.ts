/**
 * How long a change takes, on a sandbox that runs (`npm start`) on an otherwise idle machine: a merge until dev runs it, a bump with all
 * that it waits for, and a live edit until it is reverted, each beside its floor in the same run. Prints Markdown on stdout.
 *
 * The floor of a merge is the least that any way of delivering this chart takes: `git push`, `helm template` and
 * `kubectl apply --server-side` by hand, one after the other. The floor of a heal is one server-side apply.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Octokit } from "@octokit/rest";
import { execa } from "execa";
import { KubernetesClient, type KubernetesObject } from "../../clients/kubernetes";
import { organization } from "../../sandbox/accounts";
import { ensureCredentials } from "../../sandbox/credentials";
import { sandboxPaths } from "../../sandbox/paths";
import { rememberedPorts } from "../../sandbox/ports";
import { gitHostUrl } from "../../sandbox/stack-files";
import { until } from "../../sandbox/until";

const ROUNDS = 30;
/** Of whole bumps, which take seconds. */
const BUMPS = 5;
const gitops = { owner: organization, repo: "gitops" } as const;
const paths = sandboxPaths();
const { kubeconfig } = paths.environments.dev;
const client = KubernetesClient.fromKubeconfig(kubeconfig, "dev");
const api = { apiVersion: "apps/v1", kind: "Deployment", namespace: "api", name: "api" } as const;
const git = (...args: string[]) => execa("git", args, { cwd: paths.clone });

interface Deployment extends KubernetesObject {
  spec: { revisionHistoryLimit: number; template: { spec: { containers: { image: string }[] } } };
}

const image = (object: Deployment): string => object.spec.template.spec.containers[0]?.image ?? "";

/** Follows the Deployment; `when` resolves with the time at which it first meets a condition from now on. */
async function follow(): Promise<{
  when: (condition: (object: Deployment) => boolean) => Promise<number>;
  stop: () => void;
}> {
  const end = new AbortController();
  const conditions = new Set<(object: Deployment) => boolean>();
  const events = client.watch(api.apiVersion, api.kind, { namespace: api.namespace, signal: end.signal });
  await events.next();
  void (async () => {
    for await (const { object } of events) {
      for (const condition of conditions) if (condition(object as Deployment)) conditions.delete(condition);
    }
  })();
  return {
    when: (condition) =>
      new Promise((resolve) => {
        conditions.add((object) => {
          if (!condition(object)) return false;
          resolve(performance.now());
          return true;
        });
      }),
    stop: () => {
      end.abort();
    },
  };
}

const tag = (round: number, series: string): string => `sha-${series}${round.toString(16).padStart(5, "0")}`;

/** Commits a tag to dev's values in the clone, without pushing it. */
async function commitTag(value: string): Promise<void> {
  const file = join(paths.clone, "environments/dev/api.yaml");
  await writeFile(file, (await readFile(file, "utf8")).replace(/tag: "[^"]*"/, `tag: "${value}"`));
  await git("commit", "--quiet", "--all", "--message", `Deploy api ${value} to dev`);
}

/** GitHub's API as the developer. */
async function asDeveloper(): Promise<Octokit> {
  const server = gitHostUrl(await rememberedPorts(paths));
  return new Octokit({ auth: ensureCredentials(paths).people.developer, baseUrl: `${server}/api/v3` });
}

/** Opens a pull request with another tag and waits until it may be merged. Returns its number. */
async function proposed({ rest }: Octokit, value: string): Promise<number> {
  await git("fetch", "--quiet");
  await git("switch", "--quiet", "--force-create", value, "--no-track", "origin/main");
  await commitTag(value);
  await git("push", "--quiet", "origin", value);
  const { data } = await rest.pulls.create({ ...gitops, title: `Deploy api ${value}`, head: value, base: "main" });
  return until<number>(`${value} may be merged`, async () => {
    const { data: pull } = await rest.pulls.get({ ...gitops, pull_number: data.number });
    return pull.mergeable_state === "clean" ? { done: pull.number } : { waitingFor: pull.mergeable_state };
  });
}

type Watching = Awaited<ReturnType<typeof follow>>;

/** Milliseconds from the start of a merge, and from its acceptance, until dev runs it. */
async function merges(watching: Watching): Promise<{ asked: number[]; accepted: number[] }> {
  const developer = await asDeveloper();
  const asked: number[] = [];
  const accepted: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const value = tag(round, "aa");
    const pull = await proposed(developer, value);
    const live = watching.when((object) => image(object).endsWith(value));
    const start = performance.now();
    await developer.rest.pulls.merge({ ...gitops, pull_number: pull, merge_method: "merge" });
    const done = performance.now();
    const seen = await live;
    asked.push(seen - start);
    accepted.push(Math.max(0, seen - done));
  }
  await git("switch", "--quiet", "main");
  await git("pull", "--quiet", "--ff-only");
  return { asked, accepted };
}

/** Milliseconds from the start of `gitops bump` until dev runs it: pull request, check and merge with it. */
async function bumps(watching: Watching): Promise<number[]> {
  const server = gitHostUrl(await rememberedPorts(paths));
  const env = {
    GITHUB_SERVER_URL: server,
    GITHUB_API_URL: `${server}/api/v3`,
    GITHUB_TOKEN: ensureCredentials(paths).people.developer,
  };
  const times: number[] = [];
  for (let round = 0; round < BUMPS; round++) {
    const value = tag(round, "cc");
    const live = watching.when((object) => image(object).endsWith(value));
    const start = performance.now();
    const args = ["bin/gitops.js", "--repo", `${gitops.owner}/${gitops.repo}`, "bump", "api", "--tag", value];
    await execa(process.execPath, args, { cwd: paths.root, env });
    times.push((await live) - start);
  }
  return times;
}

/** The same change by hand, into a namespace that Argo CD does not look at. */
async function commitsByHand(): Promise<number[]> {
  const kubectl = (args: string[], input = "") =>
    execa(join(paths.bin, "kubectl"), ["--kubeconfig", kubeconfig, ...args], { input });
  await kubectl(["create", "namespace", "floor"], "").catch(() => undefined);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await commitTag(tag(round, "bb"));
    const start = performance.now();
    await git("push", "--quiet", "--force", "origin", "HEAD:refs/heads/floor");
    const values = ["--values", "environments/dev/api.yaml", "--namespace", "floor"];
    const rendered = await execa(join(paths.bin, "helm"), ["template", "api", "charts/service", ...values], {
      cwd: paths.clone,
    });
    await kubectl(["apply", "--server-side", "--filename", "-", "--namespace", "floor"], rendered.stdout);
    times.push(performance.now() - start);
  }
  await git("reset", "--quiet", "--hard", "@{upstream}");
  await git("push", "--quiet", "--delete", "origin", "floor");
  await kubectl(["delete", "namespace", "floor", "--wait=false"]);
  return times;
}

/** Milliseconds from an accepted live edit until Argo CD has reverted it, all on one revision. */
async function heals(watching: Watching): Promise<{ healed: number[]; floor: number[] }> {
  const healed: number[] = [];
  const floor: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = performance.now();
    const edited = await client.patch(api, { spec: { revisionHistoryLimit: 5 } });
    const later = ({ metadata }: Deployment) =>
      Number(metadata.resourceVersion) > Number(edited.metadata.resourceVersion);
    const start = performance.now();
    floor.push(start - before);
    healed.push((await watching.when((object) => later(object) && object.spec.revisionHistoryLimit === 3)) - start);
  }
  return { healed, floor };
}

function percentile(times: number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

function row(what: string, times: number[], floor?: number[]): string {
  const seconds = (value: number) => `${(value / 1000).toFixed(2)} s`;
  const ratio = floor === undefined ? "" : `${(percentile(times, 0.5) / percentile(floor, 0.5)).toFixed(1)}×`;
  return `| ${what} | ${[0.5, 0.95, 1].map((share) => seconds(percentile(times, share))).join(" | ")} | ${ratio} |`;
}

async function main(): Promise<void> {
  const watching = await follow();
  await git("pull", "--quiet", "--ff-only");
  const { asked, accepted } = await merges(watching);
  const bumped = await bumps(watching);
  await git("pull", "--quiet", "--ff-only");
  const byHand = await commitsByHand();
  const { healed, floor } = await heals(watching);
  watching.stop();
  client.close();
  process.stdout.write(
    [
      `${ROUNDS} rounds each, one after the other.`,
      "",
      "| what | p50 | p95 | max | p50 to its floor |",
      "| --- | --- | --- | --- | --- |",
      row("start of the merge → live in dev", asked, byHand),
      row("floor: `git push`, `helm template`, `kubectl apply`", byHand),
      row("accepted merge, as the client sees it → live in dev", accepted),
      row(`\`gitops bump\` → live in dev, its check and merge with it (${BUMPS} rounds)`, bumped, byHand),
      row("live edit → reverted, on one revision", healed, floor),
      row("floor: one edit through the API", floor),
      "",
    ].join("\n"),
  );
}

void main();
