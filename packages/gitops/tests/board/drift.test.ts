import assert from "node:assert/strict";
import { DriftSource } from "../../board/sources/drift";
import { type DriftReading, type Finding, NOTHING_FOUND } from "../../drift/finding";
import { until } from "@gitops-platform/clients/until";
import { finding } from "./support";

const reading = (services: Readonly<Record<string, readonly Finding[]>>, platform: readonly Finding[] = []) => ({
  ...{ services: new Map(Object.entries(services)), platform, unread: [] },
});

/** A source that reads what a test sets. */
class Looked {
  cluster: DriftReading | Error = NOTHING_FOUND;
  /** What every second read finds, if not the same as the first. */
  passing: DriftReading | undefined;
  readonly told: string[] = [];
  /** Whether alerts are received. */
  receives = true;
  readonly ending = new AbortController();
  looks = 0;
  readonly source: DriftSource;

  constructor(interval = 1) {
    this.source = new DriftSource({
      interval,
      environment: "prod",
      reader: {
        read: () => {
          this.looks += 1;
          if (this.passing !== undefined && this.looks % 2 === 0) return Promise.resolve(this.passing);
          return this.cluster instanceof Error ? Promise.reject(this.cluster) : Promise.resolve(this.cluster);
        },
      },
      changed: () => undefined,
      found: ({ object }, service) => {
        this.told.push(`${service} ${object.name}`);
        return Promise.resolve(this.receives);
      },
      signal: this.ending.signal,
    });
  }

  get events(): string[] {
    return this.source.events.map(({ kind, about, text }) => `${String(about)} ${kind}: ${text}`);
  }

  /** Waits until that many more reads have ended. */
  async after(looks: number): Promise<void> {
    const wanted = this.looks + looks + 1;
    await until<boolean>("more looks", () =>
      Promise.resolve(this.looks >= wanted ? { done: true } : { waitingFor: String(this.looks) }),
    );
  }
}

describe("the board's search for undeclared changes", () => {
  let looked: Looked;
  let following: Promise<void> | undefined;
  beforeEach(() => (looked = new Looked()));
  afterEach(async () => {
    looked.ending.abort();
    await following;
    following = undefined;
  });

  it("shows what two reads found, alerts once, and reports when it is gone", async () => {
    following = looked.source.follow();
    looked.cluster = reading({ api: [finding("stray")], web: [] }, [finding("argocd-rbac-cm")]);
    await looked.after(4);
    assert.deepEqual(looked.told.sort(), ["api stray", "platform argocd-rbac-cm"]);
    assert.equal(looked.source.state.services.get("api")?.length, 1);
    looked.cluster = NOTHING_FOUND;
    await looked.after(2);
    assert.deepEqual(looked.source.state.services.get("api") ?? [], []);
    assert.equal(looked.told.length, 2);
    assert.deepEqual(looked.events.slice(0, 2).sort(), [
      "api undone: gone: ConfigMap api/stray is not in Git; written by kubectl-create at 2026-01-01 00:00:00 UTC",
      "platform undone: gone: ConfigMap api/argocd-rbac-cm is not in Git; " +
        "written by kubectl-create at 2026-01-01 00:00:00 UTC",
    ]);
  });

  it("does not report what only every second read finds", async () => {
    following = looked.source.follow();
    looked.passing = reading({ api: [finding("stray")] });
    await looked.after(4);
    assert.deepEqual([looked.told, looked.events], [[], []]);
  });

  it("alerts again when a change comes back", async () => {
    following = looked.source.follow();
    for (const cluster of [reading({ api: [finding("stray")] }), NOTHING_FOUND, reading({ api: [finding("stray")] })]) {
      looked.cluster = cluster;
      await looked.after(3);
    }
    assert.deepEqual(looked.told, ["api stray", "api stray"]);
  });

  it("repeats an alert until it is received", async () => {
    following = looked.source.follow();
    looked.receives = false;
    looked.cluster = reading({ api: [finding("stray")] });
    await looked.after(4);
    assert.ok(looked.told.length > 1, String(looked.told));
    looked.receives = true;
    await looked.after(2);
    const { length } = looked.told;
    await looked.after(2);
    assert.equal(looked.told.length, length);
  });

  it("alerts once about an object that services of one namespace share", async () => {
    following = looked.source.follow();
    looked.cluster = reading({ api: [finding("stray")], web: [finding("stray")] });
    await looked.after(3);
    assert.deepEqual(looked.told, ["api stray"]);
  });

  it("keeps its findings while the cluster does not answer, and gives the reason", async () => {
    following = looked.source.follow();
    looked.cluster = reading({ api: [finding("stray")] });
    await looked.after(3);
    looked.cluster = new Error("no answer");
    await looked.after(2);
    assert.equal(looked.source.state.services.get("api")?.length, 1);
    assert.deepEqual(looked.source.state.unread, [{ what: "undeclared changes", reason: "no answer" }]);
    assert.equal(looked.told.length, 1);
  });

  it("sends no alert for a single read, and alerts about existing changes when it starts to follow", async () => {
    looked.cluster = reading({ api: [finding("stray")] });
    await looked.source.once();
    assert.equal(looked.source.state.services.get("api")?.length, 1);
    assert.deepEqual(looked.told, []);
    following = looked.source.follow();
    await looked.after(1);
    assert.deepEqual(looked.told, ["api stray"]);
  });

  it("reads a second time for a single board only if the first read found something", async () => {
    await looked.source.once();
    assert.equal(looked.looks, 1);
    looked.cluster = reading({ api: [finding("stray")] });
    await looked.source.once();
    assert.equal(looked.looks, 3);
  });

  it("waits for the interval between the two reads for a single board", async () => {
    looked = new Looked(60_000);
    looked.cluster = reading({ api: [finding("stray")] });
    const once = looked.source.once();
    await until<boolean>("the first look", () =>
      Promise.resolve(looked.looks > 0 ? { done: true } : { waitingFor: "it" }),
    );
    looked.ending.abort();
    await once;
    assert.equal(looked.looks, 1);
  });
});
