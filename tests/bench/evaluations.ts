import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { preview } from "@gitops-platform/engine";
import { writeConfig } from "@gitops-platform/review/evaluate";
import { offlineProviders } from "@gitops-platform/review/offline";
import { environmentNames } from "@gitops-platform/sandbox/paths";
import { paths } from "./sandbox";
import { markdown, seconds, timed } from "./table";

const SERVICES = 1000;

/** The evaluation of each stack's program, without any cluster: with one service, and with a thousand. */
export async function evaluations(): Promise<string> {
  const rows: string[][] = [];
  // What is compiled and cached once is nobody's figure.
  await evaluate("dev", 1);
  for (const stack of environmentNames) {
    const one = await evaluate(stack, 1);
    const many = await evaluate(stack, SERVICES);
    const each = ((many.time - one.time) / (SERVICES - 1)).toFixed(1);
    rows.push([stack, seconds(one.time), seconds(many.time), `${each} ms`, String(many.resources), `${many.peak} MiB`]);
  }
  const head = ["stack", "1 service", `${SERVICES} services`, "each more", "resources", "peak memory of the program"];
  return markdown(head, rows);
}

async function evaluate(stack: string, count: number): Promise<{ time: number; resources: number; peak: number }> {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const peakFile = join(folder, "peak");
  const { NODE_OPTIONS } = process.env;
  try {
    const services = Array.from({ length: count }, (_, index) => ({ name: `service-${index}` }));
    const { configFile } = writeConfig(paths.root, stack, folder, { "gitops-platform:services": services });
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
