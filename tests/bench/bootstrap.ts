import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { StateStore } from "@gitops-platform/engine/state/store";
import { ensureCredentials } from "@gitops-platform/sandbox/credentials";
import { rememberedPorts } from "@gitops-platform/sandbox/ports";
import { chooseEngine } from "@gitops-platform/sandbox/stack-engine";
import { writeStackFiles } from "@gitops-platform/sandbox/stack-files";
import { startDaemon } from "@gitops-platform/sandbox/supervisor/daemon";
import { readStatus } from "@gitops-platform/sandbox/supervisor/status-file";
import { ensureTools } from "@gitops-platform/sandbox/tools/build";
import { until } from "@gitops-platform/clients/until";
import { forgetSandbox, npm, paths } from "./sandbox";
import { type Part, repeated, timed } from "./measure";
import { markdown } from "./page";

const ROUNDS = 3;

/**
 * A stack from nothing by the local engine, the same objects from nothing by `kubectl apply --server-side`, and the
 * whole `npm start`: three environments Synced and Healthy. Leaves the sandbox running.
 */
export async function bootstrap(): Promise<Part> {
  const ups: number[] = [];
  const applies: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { up } = await freshStack();
    ups.push(await timed(up));
    const objects = stagingObjects();
    const { bin } = await freshStack();
    applies.push(await timed(() => apply(bin, objects)));
  }
  const starts = await repeated(ROUNDS, async () => {
    await forgetSandbox();
    return timed(() => npm("start"));
  });
  return {
    figures: {
      up: {
        title: "`up` of staging from nothing, by the local engine",
        labels: { floor: "the same objects by `kubectl apply --server-side`" },
        series: { ours: ups, floor: applies },
      },
      start: { title: "`npm start` from nothing, tools built", goal: { p50: 60_000 }, series: { ours: starts } },
    },
    notes: markdown(["", "resident memory"], [["all processes of the sandbox, shared pages once", resident()]]),
  };
}

/** An empty cluster of staging, and what makes its stack. */
async function freshStack(): Promise<{ up: () => Promise<void>; bin: string }> {
  await forgetSandbox();
  const ports = await rememberedPorts(paths);
  const credentials = ensureCredentials(paths);
  const { bin, data } = await ensureTools(() => undefined);
  writeStackFiles({ paths, ports, credentials, data });
  await startDaemon({ paths, environments: ["staging"] });
  const engine = await chooseEngine(paths, credentials, "local");
  return { up: () => engine.up("staging", () => undefined), bin };
}

type KubernetesObject = Record<string, unknown>;

/** The objects that staging's stack has made, with texts for its secrets: the state file has none. */
function stagingObjects(): KubernetesObject[] {
  const records = StateStore.open(paths.environments.staging.stateFile).all();
  return records
    .filter(({ type, custom }) => custom && type.startsWith("kubernetes:"))
    .map(({ inputs }) => (inputs.kind === "Secret" ? { ...inputs, data: texts(inputs.data) } : inputs));
}

function texts(data: unknown): Record<string, string> {
  return Object.fromEntries(Object.keys(data as object).map((key) => [key, btoa("bench")]));
}

/** As a person would: what the others need first, then the others. */
async function apply(bin: string, objects: KubernetesObject[]): Promise<void> {
  const FIRST = ["CustomResourceDefinition", "Namespace"];
  const isFirst = ({ kind }: KubernetesObject) => FIRST.includes(String(kind));
  const kubectl = (...args: string[]) =>
    execa(join(bin, "kubectl"), ["--kubeconfig", paths.environments.staging.kubeconfig, ...args]);
  for (const items of [objects.filter(isFirst), objects.filter((object) => !isFirst(object))]) {
    const file = join(paths.folder, "objects.json");
    writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    await kubectl("apply", "--server-side", "--filename", file);
    // It fails on a definition that has no conditions yet.
    await until("definitions", () =>
      kubectl("wait", "--for=condition=Established", "crd", "--all").then(() => ({ done: true })),
    );
  }
}

/**
 * What all processes hold in memory, a page that several share counted once.
 * https://docs.kernel.org/filesystems/proc.html: Pss
 */
function resident(): string {
  const status = readStatus(paths.supervisor);
  const pids = [status?.pid, ...(status?.processes ?? []).map(({ pid }) => pid)].filter((pid) => pid !== undefined);
  const kilobytes = pids
    .map((pid) => /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1])
    .reduce((sum, each) => sum + Number(each), 0);
  return `${(kilobytes / 1024 / 1024).toFixed(1)} GiB`;
}
