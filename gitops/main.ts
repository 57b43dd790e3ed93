import { Command } from "commander";
import { version } from "../package.json";

/** The command line of `gitops`. */
export function commandLine(): Command {
  return new Command("gitops")
    .description("Brings changes through the GitOps repository, and says what is in the way.")
    .version(version);
}

commandLine().parse();
