import fs from "node:fs";
import { up } from "../../../engine";
import { FakeProvider } from "./fake-provider";

/**
 * Runs `up` of the program `many` and kills itself with SIGKILL in the middle of a create, after its effect. Arguments:
 * project folder, configuration, state file, file that gets the objects which exist then, number of the create.
 */
const [projectDir = "", configFile = "", stateFile = "", objectsFile = "", last] = process.argv.slice(2);
const fake = new FakeProvider();
fake.after = () => {
  if (fake.calls.length < Number(last)) return;
  fs.writeFileSync(objectsFile, JSON.stringify([...fake.objects]));
  process.kill(process.pid, "SIGKILL");
};
void up({ projectDir, stack: "test", configFile, stateFile, providers: { test: fake.factory } });
