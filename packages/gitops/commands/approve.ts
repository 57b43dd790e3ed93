import type { Command } from "commander";
import { environmentBranch } from "@gitops-platform/contract/branches";
import { Failure } from "@gitops-platform/contract/failure";
import { CHARTS } from "@gitops-platform/contract/paths";
import { formatProblem, type Problem } from "@gitops-platform/contract/problems";
import { imageName, versionName } from "@gitops-platform/contract/values/image";
import { imageChange, plain, plainLine } from "../display";
import { openReleasesOf, type ReleasePull, requireOpenRelease } from "../github/release-pulls";
import {
  type Approved,
  approveRelease,
  approveWave,
  differencesIn,
  readWave,
  type RefusedApproval,
  type WaveDifference,
  type WaveOutcome,
  type WaveRelease,
} from "../release/wave";
import { type ApiSession, type CommonOptions, findApiSession, type Session, withSession } from "../session";
import { nameProblems } from "../values/files";

interface Options extends CommonOptions {
  readonly env?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

/** `gitops approve`: the same as GitHub's button, in a terminal. */
export function addApprove(program: Command): void {
  program
    .command("approve <service>")
    .description("approve the open release of a service, or of `charts`")
    .option("--env <environment>", "the environment of the release (default: the only one with an open release)")
    .option("--all", "approve its open releases into all environments, if they bring the same")
    .option("--json", "print the result as JSON; with --all as an array")
    .action(async (service: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      checkOptions(service, options);
      const { approved, refused } =
        options.all === true
          ? await withSession(options, (session) => approveAll(session, service))
          : { approved: [await approveOne(options, service)], refused: [] };
      const json = JSON.stringify(options.all === true ? approved : approved[0]);
      const text = options.json === true ? [json] : approved.map(describeApproved);
      process.stdout.write(text.map((line) => `${line}\n`).join(""));
      if (refused.length > 0) throw new Failure(...refused.map(describeRefused));
    });
}

function checkOptions(service: string, { env, all }: Options): void {
  // `charts` is not a valid service name.
  const problems = nameProblems({ ...(service !== CHARTS && { service }), ...(env !== undefined && { env }) });
  if (env !== undefined && all === true) {
    problems.push(`all: got it beside --env ${env}; expected one of the two. Leave one out.`);
  }
  if (problems.length > 0) throw new Failure(...problems);
}

async function approveOne(options: Options, service: string): Promise<Approved> {
  const session = await findApiSession(options);
  return approve(session, service, options.env ?? (await environmentOf(session, service)));
}

/** The environment with an open release of a service. Its approver must choose if there are several. */
async function environmentOf(session: ApiSession, service: string): Promise<string> {
  const found = (await openReleasesOf(session, service)).map(({ environment }) => environment);
  const [only, ...more] = found;
  if (only === undefined) throw noRelease(service);
  if (more.length === 0) return only;
  const fix = "Add --env, or --all for all of them.";
  throw new Failure(`${service}: got open releases into ${found.join(", ")}; expected one. ${fix}`);
}

function noRelease(service: string): Failure {
  return new Failure(`${service}: got no open release; expected one. See: gitops status`);
}

/**
 * Prints a release and approves exactly the printed commit.
 * @throws {Failure} if there is no open release.
 */
export async function approve(session: ApiSession, service: string, environment: string): Promise<Approved> {
  const pull = await requireOpenRelease(session, environment, service);
  session.log(textOf(pull));
  return approveRelease(session, service, pull);
}

/**
 * Prints all open releases of a service, and approves exactly the printed commits.
 * @throws {Failure} before anything is approved, if there is no open release, or if they bring different things.
 */
export async function approveAll(session: Session, service: string): Promise<WaveOutcome> {
  const wave = await readWave(session, service);
  if (wave.length === 0) throw noRelease(service);
  for (const { pull } of wave) session.log(textOf(pull));
  session.log(summaryOf(service, wave));
  const differences = differencesIn(wave).map((part) => formatProblem(differenceProblem(service, wave, part)));
  if (differences.length > 0) throw new Failure(...differences);
  return approveWave(session, service, wave);
}

function textOf({ title, body }: ReleasePull): string {
  return `${plain(title)}\n\n${body.split("\n").map(plainLine).join("\n")}\n`;
}

/** `api: sha-1111111 → sha-2222222 into prod (#7); sha-1111111 → sha-2222222 into prod-eu (#8)` */
function summaryOf(service: string, wave: readonly WaveRelease[]): string {
  const parts = wave.map((release) => {
    const { environment, number } = release.pull;
    return `${describeRelease(release)} into ${environment} (#${number})`;
  });
  return plain(`${service}: ${parts.join("; ")}`);
}

function describeRelease({ from, to, contents }: WaveRelease): string {
  const others = contents.filter((content) => content !== "version");
  if (to?.state !== "read") return others.join(" and ");
  const [before, after] = [from?.state === "read" ? from.image : undefined, to.image];
  const isMoved = before !== undefined && before.repository !== after.repository;
  const image = isMoved
    ? `${imageName(before)} → ${imageName(after)}`
    : imageChange(before === undefined ? null : versionName(before), versionName(after));
  return [image, ...others].join(" and ");
}

function differenceProblem(service: string, wave: readonly WaveRelease[], part: WaveDifference): Problem {
  const got = wave.map((release) => {
    const what = part === "version" ? release.version : release.contents.join(" and ");
    return `${what} into ${release.pull.environment}`;
  });
  return {
    key: part,
    got: plain(got.join(", ")),
    expected: "the same in all releases that are approved together",
    fix: `Approve one at a time: gitops approve ${service} --env <environment>`,
  };
}

function describeApproved({ by, url }: Approved): string {
  return `${by ?? "You"} approved ${url}: the workflow Release merges it when its checks succeed.`;
}

function describeRefused({ pull, why }: RefusedApproval): string {
  const branch = environmentBranch(pull.environment);
  const isOwner = why.reason === "github";
  return formatProblem({
    key: pull.environment,
    got: isOwner ? JSON.stringify(plain(why.text)) : `@${why.login}, who owns nothing that the release changes`,
    expected: isOwner ? "GitHub to accept the approval" : `an approval by a code owner of ${branch}`,
    fix: `Ask another code owner of ${branch}: ${pull.url}`,
  });
}
