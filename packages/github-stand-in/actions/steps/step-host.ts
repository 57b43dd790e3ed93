import { mkdtemp, mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { JobLog } from "./job-log";

/** The folders of one job, created for it and removed with it. */
export interface JobFolders {
  root: string;
  /** GITHUB_WORKSPACE: the working directory of steps. */
  workspace: string;
  /** RUNNER_TEMP. */
  temp: string;
  /** HOME: empty, so that no user's settings apply. */
  home: string;
}

/** What every step of a job uses. */
export interface StepHost {
  folders: JobFolders;
  log: JobLog;
  /** Cancels the job. */
  signal: AbortSignal;
}

/**
 * Creates the folders of a job. They are in the system's temporary folder: in the data folder, programs would find the
 * modules and the Git repository of the surrounding project.
 */
export async function makeJobFolders(): Promise<JobFolders> {
  const root = await mkdtemp(join(tmpdir(), "github-job-"));
  const folders = { root, workspace: join(root, "work"), temp: join(root, "temp"), home: join(root, "home") };
  await Promise.all([mkdir(folders.workspace), mkdir(folders.temp), mkdir(folders.home)]);
  return folders;
}

/** Removes the folders of a job with everything in them. */
export async function removeJobFolders(folders: JobFolders): Promise<void> {
  await rm(folders.root, { recursive: true, force: true, maxRetries: 3 });
}

/**
 * The initial environment of a program: only PATH comes from this process.
 * @param programs folders at the start of PATH
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
