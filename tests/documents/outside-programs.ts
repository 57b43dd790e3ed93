/**
 * The commands and options of other projects' programs that the documents use. tests/pulumi compares those of the
 * programs that this project builds with the programs' own help.
 */

/** Options by name, with their one-letter form. */
type Options = Readonly<Record<string, { readonly type: "string" | "boolean"; readonly short?: string }>>;

export interface OutsideCommand {
  readonly options: Options;
  /** How many operands it takes, at least and at most. */
  readonly operands: readonly [number, number];
}

/** Commands by the words that name them; the empty text is a program without subcommands. */
export type OutsideProgram = Readonly<Record<string, OutsideCommand>>;

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;
const stack = { type: "string", short: "s" } as const;

const PULUMI: OutsideProgram = {
  up: {
    options: {
      stack,
      yes: { ...flag, short: "y" },
      "skip-preview": flag,
      refresh: flag,
      "non-interactive": flag,
      ...policy(),
    },
    operands: [0, 0],
  },
  preview: {
    options: {
      stack,
      diff: flag,
      refresh: flag,
      json: flag,
      "expect-no-changes": flag,
      "non-interactive": flag,
      ...policy(),
    },
    operands: [0, 0],
  },
  new: { options: { stack, yes: { ...flag, short: "y" }, dir: text, name: { ...text, short: "n" } }, operands: [0, 1] },
  destroy: { options: { stack, yes: { ...flag, short: "y" } }, operands: [0, 0] },
  refresh: { options: { stack, yes: { ...flag, short: "y" } }, operands: [0, 0] },
  import: { options: { stack }, operands: [0, 3] },
  "stack init": { options: { stack }, operands: [0, 1] },
  "stack select": { options: { stack }, operands: [0, 1] },
  "stack output": { options: { stack, "show-secrets": flag }, operands: [0, 1] },
  "config set": { options: { stack, path: flag, secret: flag }, operands: [1, 2] },
  "config rm": { options: { stack, path: flag }, operands: [1, 1] },
  "config env add": { options: { stack }, operands: [1, 9] },
};

function policy() {
  return { "policy-pack": text, "policy-pack-config": text } as const;
}

const namespace = { type: "string", short: "n" } as const;
const impersonation = { as: text, "as-group": text, kubeconfig: text, context: text, namespace } as const;

const KUBECTL: OutsideProgram = {
  get: { options: { ...impersonation, output: { ...text, short: "o" } }, operands: [1, 2] },
  delete: { options: { ...impersonation, selector: { ...text, short: "l" } }, operands: [1, 2] },
  patch: { options: { ...impersonation, type: text, patch: { ...text, short: "p" } }, operands: [2, 2] },
  scale: { options: { ...impersonation, replicas: text }, operands: [2, 2] },
  "set image": { options: impersonation, operands: [2, 9] },
};

const HELM: OutsideProgram = {
  lint: { options: { strict: flag, values: { ...text, short: "f" } }, operands: [1, 1] },
  template: { options: { values: { ...text, short: "f" } }, operands: [2, 2] },
  pull: { options: { version: text, untar: flag, untardir: text }, operands: [1, 1] },
};

const server = { "auth-token": text, server: text, "grpc-web": flag } as const;

const ARGOCD: OutsideProgram = {
  "proj role create-token": {
    options: { ...server, "expires-in": text, "token-only": flag },
    operands: [2, 2],
  },
  "app wait": { options: server, operands: [1, 9] },
};

const GH: OutsideProgram = {
  api: { options: { jq: text }, operands: [1, 1] },
  "auth token": { options: {}, operands: [0, 0] },
  "variable set": { options: { body: { ...text, short: "b" } }, operands: [1, 1] },
  "secret set": { options: { env: { ...text, short: "e" } }, operands: [1, 1] },
  "workflow run": { options: { "raw-field": { ...text, short: "f" } }, operands: [1, 1] },
};

const CURL: OutsideProgram = {
  "": {
    options: {
      fail: { ...flag, short: "f" },
      location: { ...flag, short: "L" },
      "remote-name": { ...flag, short: "O" },
    },
    operands: [1, 1],
  },
};

export const OUTSIDE: Readonly<Record<string, OutsideProgram>> = {
  argocd: ARGOCD,
  curl: CURL,
  gh: GH,
  helm: HELM,
  kubectl: KUBECTL,
  pulumi: PULUMI,
};

/** Options, `--long` and `-s`, of a program's commands that its help does not list. `help` returns a command's help. */
export async function unlistedOptions(
  program: OutsideProgram,
  help: (command: string) => Promise<string>,
): Promise<string[]> {
  const found = Object.entries(program).map(async ([command, { options }]) => {
    const listed = await help(command);
    const isListed = (option: string) => new RegExp(`(^|[\\s,])${option}([\\s,=:]|$)`, "m").test(listed);
    return Object.entries(options)
      .flatMap(([name, { short }]) => [`--${name}`, ...(short === undefined ? [] : [`-${short}`])])
      .filter((option) => !isListed(option))
      .map((option) => `${command} ${option}`);
  });
  return (await Promise.all(found)).flat();
}
