import { mkdtemp, mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { JobLog } from "./job-log";

/** The folders of one job, made afresh and removed with it. */
export interface JobFolders {
  root: string;
  /** GITHUB_WORKSPACE: where steps start. */
  workspace: string;
  /** RUNNER_TEMP. */
  temp: string;
  /** HOME: nobody's, so that no person's settings take part. */
  home: string;
}

/** What every step of a job has. */
export interface StepHost {
  folders: JobFolders;
  log: JobLog;
  /** Ends the job. */
  signal: AbortSignal;
}

/**
 * Make the folders of a job. In the system's temporary folder and not beside the data: there, programs would find the
 * modules and the repository of the project around them.
 */
export async function makeJobFolders(): Promise<JobFolders> {
  const root = await mkdtemp(join(tmpdir(), "github-job-"));
  const folders = { root, workspace: join(root, "work"), temp: join(root, "temp"), home: join(root, "home") };
  await Promise.all([mkdir(folders.workspace), mkdir(folders.temp), mkdir(folders.home)]);
  return folders;
}

/** Remove them, whatever the job left there. */
export async function removeJobFolders(folders: JobFolders): Promise<void> {
  await rm(folders.root, { recursive: true, force: true, maxRetries: 3 });
}

/**
 * The environment that a program starts from: where programs are, and nothing else of this process's own.
 * @param programs folders that come first on PATH
 */
export function bareEnvironment(folders: JobFolders, programs: readonly string[]): Record<string, string> {
  return {
    PATH: [...programs, process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin"].join(delimiter),
    HOME: folders.home,
    LANG: "C.UTF-8",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    RUNNER_TEMP: folders.temp,
  };
}
