import assert from "node:assert/strict";
import { bump } from "../../versions/bump";
import { land } from "../../versions/land";
import type { Outcome } from "../../versions/outcome";
import { GitopsRepository, values } from "@gitops-platform/test-support/gitops-repository";

/** How a race ended. */
export interface Race {
  outcomes: Outcome[];
  /** The version of each service on `main`. */
  commits: string[];
  pulls: number;
}

/**
 * Many bumps at once, each of another service, with GitHub's rate limits. As in the workflows, each bump starts a run
 * that lands the queue, and only one such run is pending at a time.
 */
export async function raceOf(count: number): Promise<Race> {
  const services = Array.from({ length: count }, (_, index) => `service-${index}`);
  const path = (service: string) => `environments/dev/${service}.yaml`;
  const gitops = new GitopsRepository({ limits: { contentWritesPerMinute: 80, contentWritesPerHour: 500 } });
  const options = { throttled: true, timeout: 600_000 };
  try {
    await gitops.make({
      files: Object.fromEntries(services.map((service) => [path(service), values("sha-0000000", service)])),
    });
    gitops.judge();
    const outcomes: Outcome[] = [];
    let [isRunning, isPending] = [false, false];
    const landAll = async (): Promise<void> => {
      isPending = true;
      if (isRunning) return;
      isRunning = true;
      while (isPending) {
        isPending = false;
        outcomes.push(...(await gitops.change(land, options)));
      }
      isRunning = false;
    };
    await Promise.all(
      services.map(async (service, index) => {
        const order = { service, environment: "dev", version: { tag: tagOf(index) } };
        const { state } = await gitops.change((session, waiting) => bump(session, order, waiting), options);
        assert.equal(state, "queued");
        await landAll();
      }),
    );
    const clone = await gitops.clone("owner");
    const commits = [];
    for (const [index, service] of services.entries()) {
      assert.equal(await clone.git("show", `origin/main:${path(service)}`), values(tagOf(index), service).trim());
      commits.push(
        await clone.git("log", "--no-merges", "--max-count=1", "--format=%H", "origin/main", "--", path(service)),
      );
    }
    const pulls = await gitops.pulls();
    const numbers = new Set(pulls.map(({ number }) => number));
    assert.ok(outcomes.every(({ pullRequest }) => pullRequest && numbers.has(pullRequest.number)));
    return { outcomes, commits, pulls: pulls.length };
  } finally {
    await gitops.remove();
  }
}

function tagOf(index: number): string {
  return `sha-${String(1_000_000 + index)}`;
}
