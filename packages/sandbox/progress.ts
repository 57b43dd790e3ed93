import { Listr, type ListrTask, ListrLogger, PRESET_TIMER, ProcessOutput } from "listr2";

/** Sets the line below a running task. */
export type ShowStep = (step: string) => void;

/** One step of a command, with a line of its own while it runs. */
export interface Step {
  title: string;
  /** Does the work and reports its progress with `show`. The result is appended to the title. */
  run: (show: ShowStep) => Promise<string>;
}

/**
 * Runs steps one after another, or concurrently, and shows them on stderr: as a live list in a terminal, and as plain
 * lines if stderr is no terminal or in CI.
 * @throws the first error of a step, after the steps that ran beside it have ended
 */
export async function runSteps(steps: (Step | Step[])[]): Promise<void> {
  const logger = (useIcons: boolean) =>
    new ListrLogger({ useIcons, processOutput: new ProcessOutput(process.stderr, process.stderr) });
  const live = process.stderr.isTTY && process.env.CI === undefined;
  const tasks = steps.map((step) => (Array.isArray(step) ? sideBySide(step, live) : task(step, live)));
  const options = (useIcons: boolean) => ({ logger: logger(useIcons), timer: PRESET_TIMER });
  await new Listr(tasks, {
    renderer: live ? "default" : "simple",
    fallbackRenderer: "simple",
    rendererOptions: live ? { ...options(false), collapseSubtasks: false } : options(true),
    fallbackRendererOptions: options(true),
  }).run();
}

/**
 * Where lines cannot be overwritten, progress is printed only this often: enough to show that the step is still
 * running.
 */
const QUIET_MILLISECONDS = 30_000;

function task(step: Step, live: boolean): ListrTask {
  return {
    title: step.title,
    task: async (_, display) => {
      let next = performance.now() + QUIET_MILLISECONDS;
      const result = await step.run((text) => {
        if (!live && performance.now() < next) return;
        next = performance.now() + QUIET_MILLISECONDS;
        display.output = text;
      });
      display.title = `${step.title}: ${result}`;
    },
  };
}

function sideBySide(steps: Step[], live: boolean): ListrTask {
  return {
    title: steps.map(({ title }) => title).join(", "),
    task: (_, display) =>
      display.newListr(
        steps.map((step) => task(step, live)),
        { concurrent: true },
      ),
  };
}
