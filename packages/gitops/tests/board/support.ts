import { graph } from "@gitops-platform/environments/environments";
import { checkName } from "@gitops-platform/contract/checks";
import { compose, type PullWithContent, type BoardInputs } from "../../board/model/compose";
import type { LiveState } from "../../board/model/application";
import type { Board } from "../../board/model/board";
import type { Finding } from "../../drift/finding";
import type { Deployment } from "../../history/deployment";
import type { DesiredVersion, Running, PendingVersion, WaitingPull } from "../../status/model";

/** The time that is a number of hours after the beginning of the year of these tests. */
export function hour(hours: number): string {
  return new Date(Date.UTC(2026, 0, 1, hours)).toISOString();
}

/** A commit's id, made from a number. */
export function id(number: number): string {
  return (number + 0xa1b2c3d).toString(16).padStart(40, "0").split("").reverse().join("");
}

/** The one commit of every branch of {@link inputs}. */
export const COMMIT = "c0".repeat(20);

/** A version that dora deployed. */
export function declared(
  image: string,
  hours = 1,
  more: Partial<NonNullable<DesiredVersion["came"]>> = {},
): DesiredVersion {
  const approval = { state: "not needed", reason: "" } as const;
  return {
    image,
    repository: "ghcr.io/vaarak/api",
    came: { at: hour(hours), commit: id(hours), by: ["@dora"], approval, ...more },
  };
}

/** What a cluster reports about a service that runs as Git declares. */
export function live(image: string, running: Partial<Running> = {}, more: Partial<LiveState> = {}): LiveState {
  return {
    running: {
      ...{ source: "cluster", image, repository: "ghcr.io/vaarak/api", commit: null, compared: null, follows: null },
      ...{ health: "Healthy", sync: "Synced", drift: false, at: null },
      ...running,
    },
    differences: [],
    problems: [],
    healedAt: null,
    ...more,
  };
}

/** A new version in an environment. */
export function deployment(environment: string, to: string, hours: number, more: Partial<Deployment> = {}): Deployment {
  return {
    ...{ at: hour(hours), commit: id(hours), environment, service: "api", chart: null, kind: "deployment" },
    ...{ from: null, to, configuration: false, by: ["@dora"], approval: { state: "not needed", reason: "" } },
    ...{ subject: `Deploy api ${to} to ${environment}`, explanation: null, pullRequest: hours },
    ...more,
  };
}

/** An open pull request with the changes that it makes. */
export function pull(
  number: number,
  changes: PullWithContent["changes"],
  more: Partial<WaitingPull> = {},
): PullWithContent {
  return {
    changes,
    pull: {
      ...{ number, url: `https://github.com/vaarak/gitops/pull/${number}`, title: `Change ${number}` },
      ...{ head: "promote/api-to-staging", commit: id(number), base: "main", since: hour(number), reviewers: [] },
      checks: { [checkName("validate", more.base ?? "main")]: "success" },
      ...more,
    },
  };
}

/** What Git declares for a service, by environment. */
export type Versions = Partial<
  Record<string, { declared: DesiredVersion | null; waits?: PendingVersion; skipped?: true }>
>;

/** The data of the sources: services with their versions, and what clusters report about them. */
export function inputs(
  services: Readonly<Record<string, Versions>>,
  clusters: Readonly<Record<string, Readonly<Record<string, LiveState>> | { reason: string }>> = {},
  more: Partial<BoardInputs> = {},
): BoardInputs {
  const { names } = more.graph ?? graph;
  const isLost = (cluster: object): cluster is { reason: string } => typeof Reflect.get(cluster, "reason") === "string";
  return {
    repository: "vaarak/gitops",
    url: "https://github.com/vaarak/gitops",
    sources: [{ name: "Git", at: hour(40), reason: null }],
    graph,
    environments: names.map((name) => ({
      name,
      branch: (more.graph ?? graph).approved.includes(name) ? `env/${name}` : "main",
      chartsWait: false,
      line: new Set([COMMIT]),
      services: new Map(
        Object.entries(services).flatMap(([service, versions]) => {
          const version = versions[name];
          return version ? [[service, { ...version, waits: version.waits ?? null }] as const] : [];
        }),
      ),
    })),
    deployments: [],
    pulls: [],
    clusters: new Map(
      Object.entries(clusters).map(([name, cluster]) => [
        name,
        isLost(cluster) ? cluster : new Map(Object.entries(cluster)),
      ]),
    ),
    drift: new Map(),
    reported: () => ({ state: "nothing known" }),
    events: [],
    automatic: [],
    since: () => hour(40),
    ...more,
  };
}

/** A ConfigMap that somebody created in the namespace api. */
export function finding(name: string, more: Partial<Extract<Finding, { kind: "undeclared-object" }>> = {}): Finding {
  return {
    kind: "undeclared-object",
    object: { apiVersion: "v1", kind: "ConfigMap", namespace: "api", name },
    ...{
      manager: "kubectl-create",
      operation: "Update",
      at: hour(0),
      undo: `kubectl delete -n api configmap/${name}`,
      notes: [],
    },
    ...more,
  };
}

/** The board of {@link inputs}. */
export function board(...args: Parameters<typeof inputs>): Board {
  return compose(inputs(...args));
}

/** A follower whose board a test changes. */
export class Followed {
  private readonly listeners = new Set<() => void>();
  constructor(public board: Board) {}

  get sources() {
    return this.board.sources;
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  become(next: Board): void {
    this.board = next;
    for (const listener of this.listeners) listener();
  }
}
