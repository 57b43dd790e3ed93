import { existsSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "@gitops-platform/contract/failure";
import { formatProblem } from "@gitops-platform/contract/problems";
import { askGitHub } from "../platform/preflight";
import { readStackFile } from "../platform/stack-file";
import { findApiSession } from "../session";
import { checkAccount, findRepository, type Found, nextSteps, plannedSteps } from "./plan";
import { applyAnswers, type Ask, type Flags, gatherAnswers, setFirstService } from "./answers";
import { appSettings, createApps } from "./apps";
import { Pulumi, readStacks } from "./stacks";
import { deployKeySettings, makeSecrets, storeSecrets } from "./secrets";
import { type InitSession, State } from "./state";

/** The options of `gitops init`. */
export interface InitOptions extends Flags {
  /** Whether to begin without a confirmation. */
  readonly yes: boolean;
  /** The beginning of the Apps' names. Default: `<organisation>-gitops`. */
  readonly appPrefix?: string;
  /** The port of the local page; 0: any. */
  readonly port: number;
  /** How long to wait for the person, at each page, in milliseconds. */
  readonly timeout: number;
}

/** What `gitops init` uses of the machine. */
export interface Surroundings extends Pick<InitSession, "openPage" | "pauses" | "log"> {
  /** The project's folder. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Undefined: nobody can be asked. */
  readonly ask: Ask | undefined;
}

/**
 * Sets the platform up, from an organisation to stacks that can be brought up: the repository, the GitHub Apps, every
 * setting and every secret. It says what it will do first. It can be stopped at any point and run again; what is done
 * is not done again.
 * @throws {Failure} that says how to go on.
 */
export async function init(options: InitOptions, on: Surroundings): Promise<void> {
  const pulumi = await findPulumi(on);
  const stacks = readStacks(on.folder);
  const answers = await gatherAnswers(options, on.ask, stacks);
  const api = { ...(await findApiSession({ repo: `${answers.owner}/${answers.name}` }, on.env)), log: on.log };
  applyAnswers(stacks, answers, api.target.server);
  const login = await checkAccount(api, stacks.owner);
  const state = State.open(on.folder, `${answers.owner}/${answers.name}`, login);
  const found = await findRepository(api, stacks.owner);
  const { openPage, pauses } = on;
  const session: InitSession = { ...api, openPage, stacks, state, ...(pauses && { pauses }) };

  const prefix = options.appPrefix ?? `${answers.owner}-gitops`;
  const steps = plannedSteps(session, found, prefix);
  if (steps.length > 0) {
    await confirm(steps, options, on, api.log);
    await createRepository(session, found);
    await createApps(session, { ...options, prefix });
    await writeSettings(session, found, pulumi);
    await storeToken(session, pulumi);
    await storeSecrets(stacks, state, pulumi);
  } else {
    api.log("Everything is set up already.");
  }
  await runPreflight(session);
  api.log(nextSteps(session));
}

function findPulumi({ folder, env }: Surroundings): Promise<Pulumi> {
  if (!existsSync(join(folder, "Pulumi.yaml"))) {
    throw new Failure(`folder: got ${folder}, without Pulumi.yaml; expected this project's. Run it there.`);
  }
  return Pulumi.find(folder, env);
}

async function confirm(
  steps: readonly string[],
  { yes }: InitOptions,
  { ask }: Surroundings,
  log: (text: string) => void,
): Promise<void> {
  log(`This will:\n${steps.join("\n")}\n`);
  if (yes) return;
  if (!ask) throw new Failure("--yes: got nothing; expected a confirmation. Pass --yes, or run this in a terminal.");
  if (/^y(es)?$/i.test(await ask("Go on? (yes or no)", "no"))) return;
  throw new Failure("Nothing was changed.");
}

/** Apps are installed on a repository, so it has to exist before `pulumi up` fills it. */
async function createRepository({ github, target, stacks, log }: InitSession, found: Found): Promise<void> {
  if (found !== "nothing") return;
  const visibility = stacks.owner.get("repository.visibility") ?? "private";
  await github.rest.repos.createInOrg({
    ...{
      org: target.owner,
      name: target.name,
      description: "The desired state of our clusters, which Argo CD applies",
    },
    ...{ auto_init: true, delete_branch_on_merge: true, has_projects: false, has_wiki: false },
    // The type of the parameter lacks a value that GitHub accepts for enterprises.
    visibility: visibility as "private",
  });
  log(`Created ${target.owner}/${target.name}, which is empty until pulumi up.`);
}

/** Writes the settings that are not secret, with the Apps' and the public keys. */
async function writeSettings({ stacks, state }: InitSession, found: Found, pulumi: Pulumi): Promise<void> {
  makeSecrets(stacks, state);
  const apps = appSettings(state);
  if (found !== "filled") setFirstService(stacks);
  stacks.owner.set({
    ...apps.owner,
    ...deployKeySettings(stacks, state),
    ...(found !== "filled" && { "repository.empty": true }),
  });
  for (const stack of stacks.all) {
    stack.set(apps.everywhere);
    stack.write();
    // After the settings: Pulumi adds to the file what it encrypts with.
    await pulumi.ensureStack(stack.environment);
    stack.reload();
  }
}

/** Stores the token with which `pulumi up` administers the repository. Unlike other secrets, it is not in the state. */
async function storeToken({ stacks: { owner }, target }: InitSession, pulumi: Pulumi): Promise<void> {
  if (owner.has("githubToken")) return;
  await pulumi.setSecret(owner.environment, "githubToken", target.token);
  owner.reload();
}

async function runPreflight(session: InitSession): Promise<void> {
  const settings = readStackFile(session.stacks.owner.path);
  const { problems, notes } = await askGitHub(session, settings);
  for (const note of notes) session.log(note);
  if (problems.length === 0) return;
  throw new Failure(
    ...problems.map(formatProblem),
    "All settings are written. Correct the above before pulumi up; this command checks it again.",
  );
}
