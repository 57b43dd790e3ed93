import { ensureTools } from "./build";
import { ToolsError } from "./go";
import { progressPrinter } from "./progress";

async function main(): Promise<void> {
  const print = progressPrinter(process.stderr);
  try {
    const tools = await ensureTools(print);
    process.stdout.write(`${tools.bin}\n`);
  } catch (error) {
    if (!(error instanceof ToolsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

void main();
