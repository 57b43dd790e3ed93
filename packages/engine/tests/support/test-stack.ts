import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import PQueue from "p-queue";
import { type Counts, type EngineEvent, noCounts } from "../../model/events";
import { deleteAll, obsoleteRecords } from "../../plan/deletion";
import { Deployment } from "../../plan/deployment";
import { type Goal, makeUrn, type Registered } from "../../model/resource";
import { Providers } from "../../plan/providers";
import type { Mode, Run } from "../../plan/run";
import { Seal } from "../../state/seal";
import { StateStore } from "../../state/store";
import { FakeProvider } from "./fake-provider";

const STACK = { stack: "test", project: "things" };

/** URN of the stack's only provider. */
export const PROVIDER = makeUrn(STACK, { type: "pulumi:providers:test", name: "provider" });

/** URN of a thing without a parent. */
export function thingUrn(name: string): string {
  return makeUrn(STACK, { type: "test:index:Thing", name });
}

/** The registration of a thing. */
export function thing(name: string, inputs: Record<string, unknown> = {}, options: Partial<Goal> = {}): Goal {
  return {
    type: "test:index:Thing",
    name,
    custom: true,
    provider: PROVIDER,
    inputs: { name, ...inputs },
    dependencies: [],
    ignoreChanges: [],
    additionalSecretOutputs: [],
    ...options,
  };
}

/** The result of one run. */
export interface Outcome {
  counts: Counts;
  events: EngineEvent[];
  /** The results of the registrations, by name. */
  registered: Record<string, Registered>;
}

/** A stack in a temporary folder whose programs are lists of goals: the engine without a child process. */
export class TestStack {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "engine-"));
  readonly fake = new FakeProvider();
  /** Aborting it stops the runs. */
  readonly stop = new AbortController();
  readonly stateFile: string = path.join(this.folder, "state.json");

  /** Runs a program. */
  async up(goals: Goal[], mode: Mode = "up", { refresh = false } = {}): Promise<Outcome> {
    const store = StateStore.open(this.stateFile);
    const events: EngineEvent[] = [];
    const seal = new Seal(store.key);
    const providers = new Providers({ test: this.fake.factory }, seal);
    const report = (event: EngineEvent) => void events.push(event);
    const run: Run = {
      mode,
      stack: STACK,
      store,
      seal,
      providers,
      queue: new PQueue({ concurrency: 4 }),
      report,
      signal: this.stop.signal,
      evaluator: undefined,
      refresh,
      counts: noCounts(),
    };
    const deployment = new Deployment(run);
    const registered: Record<string, Registered> = {};
    try {
      await deployment.register({ ...thing("provider"), type: "pulumi:providers:test", inputs: {} });
      for (const goal of goals) registered[goal.name] = await deployment.register(goal);
      await deleteAll(run, obsoleteRecords(run, deployment.goals));
    } finally {
      if (mode === "up") store.finish();
    }
    return { counts: run.counts, events, registered };
  }

  preview(goals: Goal[], options: { refresh?: boolean } = {}): Promise<Outcome> {
    return this.up(goals, "preview", options);
  }

  /** The current content of the snapshot and the journal. */
  get stateText(): string {
    return [this.stateFile, `${this.stateFile}.journal`]
      .map((file) => (fs.existsSync(file) ? fs.readFileSync(file, "utf8") : ""))
      .join("\n");
  }

  /** A copy of the stack with its current files and objects, as after `kill -9`. */
  killed(): TestStack {
    const copy = new TestStack();
    fs.cpSync(this.folder, copy.folder, { recursive: true });
    for (const [id, object] of this.fake.objects) copy.fake.objects.set(id, object);
    return copy;
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
