import { type AppPermissions, PLATFORM_APPS } from "@gitops-platform/contract/apps";
import type { Found } from "./account";
import { APP_NAMES, appsToCreate, titleOf } from "./apps";
import type { InitSession } from "./session";
import { missingSecrets } from "./secrets";
import { STATE_FILE } from "./state";

/** The length of a line, in characters. */
const WIDTH = 80;

/** What a run will do, as lines for people. Empty: nothing. */
export function plannedSteps({ stacks, state, target }: InitSession, found: Found, prefix: string): string[] {
  const chosen = stacks.owner.get("repository.visibility");
  const visibility = typeof chosen === "string" ? chosen : "private";
  const creating = appsToCreate(stacks, state);
  const installing = APP_NAMES.filter((app) => state.apps[app] && state.apps[app].installationId === undefined);
  const isNew =
    missingSecrets(stacks).length > 0 ||
    !stacks.owner.has("githubToken") ||
    stacks.all.some((stack) => stack.isChanged());
  const [first = "", ...others] = stacks.all.map(({ name }) => name);
  return [
    ...(found === "nothing" ? step(`create the ${visibility} repository ${target.owner}/${target.name}`) : []),
    ...(creating.length > 0
      ? [
          ...step(
            `create these GitHub Apps of ${target.owner}, one page of GitHub each, and install them on that repository only:`,
          ),
          ...creating.flatMap((app) => [
            `    ${titleOf(app, prefix)}`,
            ...wrapped(permissionsText(PLATFORM_APPS[app].permissions), "      "),
          ]),
        ]
      : []),
    ...(installing.length > 0 ? step(`wait until these Apps are installed: ${installing.join(", ")}`) : []),
    ...(creating.length + installing.length + (isNew ? 1 : 0) > 0
      ? [
          ...step(`write ${first}, ${others.join(", ")}, and create these stacks in Pulumi if they are missing`),
          ...step(
            "encrypt into them, by pulumi config set --secret: webhook secrets, deploy keys, the Apps' keys, and your GITHUB_TOKEN as githubToken",
          ),
          ...step(`keep in ${STATE_FILE}, for you alone, what is not stored there yet`),
        ]
      : []),
  ];
}

/** The permissions of an App in one line: `write: contents; read: checks`. */
function permissionsText(permissions: AppPermissions): string {
  const of = (wanted: string) =>
    Object.entries(permissions)
      .filter(([, level]) => level === wanted)
      .map(([scope]) => scope.replace("_", " "));
  return ["write", "read"]
    .map((level) => [level, of(level)] as const)
    .filter(([, scopes]) => scopes.length > 0)
    .map(([level, scopes]) => `${level}: ${scopes.join(", ")}`)
    .join("; ");
}

/** The commands that follow. The stack that owns the repository is first, because the others read what it writes. */
export function nextSteps({ stacks, target }: InitSession): string {
  const others = stacks.all.filter((stack) => stack !== stacks.owner).map(({ environment }) => environment);
  const command = (stack: string, what: string) => `  ${`pulumi up -s ${stack}`.padEnd(24)}# ${what}`;
  return [
    "",
    "Next:",
    command(stacks.owner.environment, `Argo CD; fills ${target.name}, and protects it`),
    ...others.map((name) => command(name, "Argo CD")),
    "",
    "Then, so that later versions of the platform write no files:",
    `  pulumi config set --path repository.filled true -s ${stacks.owner.environment}`,
    "",
    "Commit the Pulumi.*.yaml files: their secrets are encrypted.",
    "To be told about releases that wait for approval:",
    `  pulumi config set --secret releaseAlertsUrl -s ${stacks.owner.environment}`,
  ].join("\n");
}

function step(text: string): string[] {
  const [first = "", ...rest] = wrapped(text, "    ");
  return [`  - ${first.trimStart()}`, ...rest];
}

function wrapped(text: string, indent: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > WIDTH) lines.push(indent + word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
