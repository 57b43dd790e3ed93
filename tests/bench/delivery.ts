/**
 * How long a change takes, on a sandbox that runs (`npm start`) on an otherwise idle machine: a commit until dev runs it, and a
 * live edit until it is reverted, each beside its floor in the same run. Prints Markdown on stdout.
 *
 * The floor of a commit is the least that any way of delivering this chart takes: `git push`, `helm template` and
 * `kubectl apply --server-side` by hand, one after the other. The floor of a heal is one server-side apply.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { KubernetesClient, type KubernetesObject } from "../../clients/kubernetes";
import { sandboxPaths } from "../../sandbox/paths";

const ROUNDS = 30;
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

/** Milliseconds from the start of `git push` until dev runs the commit. */
async function commits(
  watching: Awaited<ReturnType<typeof follow>>,
): Promise<{ pushed: number[]; accepted: number[] }> {
  const pushed: number[] = [];
  const accepted: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const value = tag(round, "aa");
    await commitTag(value);
    const live = watching.when((object) => image(object).endsWith(value));
    const start = performance.now();
    await git("push", "--quiet");
    const done = performance.now();
    const seen = await live;
    pushed.push(seen - start);
    accepted.push(Math.max(0, seen - done));
  }
  return { pushed, accepted };
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
async function heals(watching: Awaited<ReturnType<typeof follow>>): Promise<{ healed: number[]; floor: number[] }> {
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
  const { pushed, accepted } = await commits(watching);
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
      row("start of `git push` → live in dev", pushed, byHand),
      row("floor: `git push`, `helm template`, `kubectl apply`", byHand),
      row("accepted push, as the client sees it → live in dev", accepted),
      row("live edit → reverted, on one revision", healed, floor),
      row("floor: one edit through the API", floor),
      "",
    ].join("\n"),
  );
}

void main();
