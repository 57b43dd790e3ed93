import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { up } from "../..";
import { FakeProvider } from "./fake-provider";

/**
 * Runs `up` of a program, and kills itself with SIGKILL during a create, after it has taken effect. Prints the
 * ids of the processes that it started. Arguments:
 * project folder, configuration, state file, file to write the existing objects to, number of the create.
 */
const [projectDir = "", configFile = "", stateFile = "", objectsFile = "", last] = process.argv.slice(2);
const fake = new FakeProvider();
fake.after = () => {
  if (fake.calls.length < Number(last)) return;
  fs.writeFileSync(objectsFile, JSON.stringify([...fake.objects]));
  fs.writeSync(1, execFileSync("pgrep", ["-P", String(process.pid)]));
  process.kill(process.pid, "SIGKILL");
};
void up({ projectDir, stack: "test", configFile, stateFile, providers: { test: fake.factory } });
