import { runCommand } from "./command";
import { stopDaemon } from "./supervisor/daemon";

/** `npm stop`: ends every process of the sandbox. Its data stay for the next `npm start`. */
runCommand(async () => {
  process.stderr.write((await stopDaemon()) ? "The sandbox is stopped.\n" : "The sandbox was not running.\n");
});
