import { HostileGit } from "./hostile-git";

// Every unit test runs beside a configuration of Git that changes what it can: tests do not depend on the machine, and
// neither does what they test.

let git: HostileGit | undefined;
const { env: own } = process;
const before = process.env.GIT_CONFIG_GLOBAL;

export const mochaHooks = {
  beforeAll(): void {
    git = new HostileGit();
    Object.assign(process.env, git.env);
  },
  // Only the process's own environment object reaches Node itself, for example the home folder.
  afterEach(): void {
    if (process.env === own) return;
    process.env = own;
    throw new Error("process.env: got another object than before the test; expected the same. Restore it.");
  },
  afterAll(): void {
    git?.remove();
    if (before === undefined) delete process.env.GIT_CONFIG_GLOBAL;
    else process.env.GIT_CONFIG_GLOBAL = before;
  },
};
