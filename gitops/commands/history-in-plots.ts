import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { readMeasured } from "../history/history";
import { plotsPage } from "../plots/page";
import { type HistoryOptions, historyCommand, showHistory } from "./history";
import { pageOf } from "../target";

interface Options extends HistoryOptions {
  readonly html?: string;
}

/** `gitops history` that can also draw its figures: the bundle, which workflows run, has no need of that. */
export function addHistoryInPlots(program: Command): void {
  historyCommand(program)
    .option("--html <file>", "also write deployment frequency, lead time, failure rate and time to restore as plots")
    .action((service: string | undefined, _: unknown, command: Command) => {
      const { html: file, ...options } = command.optsWithGlobals<Options>();
      if (file === undefined) return showHistory(service, options);
      return showHistory(service, options, async (session, wanted) => {
        const { clone, target } = session;
        const now = new Date();
        const measured = (await readMeasured(clone, wanted, now)).map((each) => each.measured);
        const repository = `${target.owner}/${target.name}`;
        await writeFile(file, plotsPage({ repository, url: pageOf(target), measured, service, now }));
        session.log(`Wrote ${file}`);
      });
    });
}
