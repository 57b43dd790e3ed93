import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serviceObjects } from "@gitops-platform/components/delivery/objects";
import { writeManifests } from "@gitops-platform/contract/canonical";
import { environments } from "@gitops-platform/environments/environments";
import { preview } from "@gitops-platform/engine";
import { writeConfig } from "@gitops-platform/review/evaluate";
import { offlineProviders } from "@gitops-platform/review/offline";
import { environmentNames } from "@gitops-platform/sandbox/paths";
import { paths } from "./sandbox";
import { type Figure, type Part, timed } from "./measure";
import { markdown } from "./page";

const SERVICES = 1000;

/**
 * The evaluation of each stack's program, without any cluster, and what delivers a thousand services of the catalogue:
 * the program makes only the Application that applies it.
 */
export async function evaluations(): Promise<Part> {
  const figures: Record<string, Figure> = {};
  const memory: string[][] = [];
  // Compilation happens once, and is not measured.
  await evaluate("dev");
  for (const stack of environmentNames) {
    const { time, resources, peak } = await evaluate(stack);
    const made = await timed(() => Promise.resolve(catalogueOf(stack)));
    figures[`evaluation-${stack}`] = {
      title: `The program of ${stack}`,
      goal: { p50: 10_000 },
      series: { ours: [time] },
    };
    figures[`objects-${stack}`] = {
      title: `The objects that deliver ${SERVICES} services in ${stack}`,
      goal: { p50: 10_000 },
      series: { ours: [made] },
    };
    memory.push([stack, String(resources), `${peak} MiB`]);
  }
  return { figures, notes: markdown(["stack", "resources", "peak memory of the program"], memory) };
}

/** The files that deliver so many services in an environment. */
function catalogueOf(stack: string): string[] {
  const environment = environments.find(({ name }) => name === stack);
  if (!environment) return [];
  return Array.from({ length: SERVICES }, (_, index) => {
    const name = `service-${index}`;
    const service = { name, namespace: name, team: "payments", groups: [], environments: [stack], retired: [] };
    return writeManifests(serviceObjects(service, environment, "https://github.com/vaarak/gitops.git"));
  });
}

async function evaluate(stack: string): Promise<{ time: number; resources: number; peak: number }> {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const peakFile = join(folder, "peak");
  const { NODE_OPTIONS } = process.env;
  try {
    const { configFile } = writeConfig(paths.root, stack, folder, {});
    const options = { projectDir: paths.root, stack, configFile, stateFile: join(folder, "state.json") };
    process.env.NODE_OPTIONS = `${NODE_OPTIONS ?? ""} --require "${join(__dirname, "peak.js")}"`;
    process.env.PEAK_FILE = peakFile;
    let resources = 0;
    const time = await timed(async () => {
      const { counts } = await preview({ ...options, providers: offlineProviders });
      resources = Object.values(counts).reduce((sum, each) => sum + each, 0);
    });
    return { time, resources, peak: Math.round(Number(readFileSync(peakFile, "utf8")) / 1024) };
  } finally {
    if (NODE_OPTIONS === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = NODE_OPTIONS;
    delete process.env.PEAK_FILE;
    rmSync(folder, { recursive: true });
  }
}
