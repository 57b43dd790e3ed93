import { execa } from "execa";

// What Git takes from the user's environment. Their configuration, variables and hooks are meant for their own work:
// here, displayed signatures, rename detection or a failing hook would change what is read or pushed. Only the
// signatures of their own commits follow their configuration.

/** The variables that Git always gets: for programs, temporary files, proxies and certificates. */
const TAKEN: readonly string[] = [
  ...["PATH", "LD_LIBRARY_PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TMP", "TEMP"],
  ...["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"],
  ...["GIT_HTTP_PROXY_AUTHMETHOD", "KRB5CCNAME", "KRB5_CONFIG"],
  ...["SSL_CERT_FILE", "SSL_CERT_DIR", "NIX_SSL_CERT_FILE"],
  ...["GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_SSL_CERT", "GIT_SSL_KEY"],
  ...["GIT_PROXY_SSL_CAINFO", "GIT_PROXY_SSL_CERT", "GIT_PROXY_SSL_KEY"],
];

/** Git's variables about the user's identity and configuration. All others concern one repository or one command. */
const PERSONAL =
  /^GIT_(AUTHOR_(NAME|EMAIL)|COMMITTER_(NAME|EMAIL)|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|PARAMETERS|COUNT|(KEY|VALUE)_\d+))$/;

/** Settings for network access, such as `http.proxy` and `http.<url>.sslCAInfo`. They do not change what is sent. */
const NETWORK_NAMES = [
  ...["proxy", "proxyauthmethod", "proxysslcert", "proxysslkey", "proxysslcainfo"],
  ...["sslcainfo", "sslcapath", "sslcert", "sslkey", "sslbackend"],
  ...["schannelusesslcainfo", "schannelcheckrevoke", "delegation"],
];
const NETWORK = new RegExp(`^http\\.(.+\\.)?(${NETWORK_NAMES.join("|")})$`);

/** Settings for line endings in a checkout, and for trusted checkouts of other users. */
const CHECKOUT = /^(core\.(autocrlf|eol)|safe\.directory)$/;

/** Settings for signing commits. */
const SIGNED_WITH = /^(user\.signingkey|gpg\.(format|program|(openpgp|x509|ssh)\.program|ssh\.defaultkeycommand))$/;

/** Variables by which programs for signing find keys, and ask for a passphrase. */
const SIGNER: readonly string[] = [
  ...["GNUPGHOME", "GPG_TTY", "SSH_AUTH_SOCK", "SSH_ASKPASS", "TERM"],
  ...["DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"],
];

/** Settings of every Git command here. They override the repository's own settings as well. */
const ALWAYS: readonly Setting[] = [
  ["core.hooksPath", "/dev/null"],
  ["core.attributesFile", "/dev/null"],
  ["core.excludesFile", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.logAllRefUpdates", "false"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["log.showSignature", "false"],
  ["log.follow", "false"],
  ["color.ui", "false"],
  ["color.diff", "false"],
  ["diff.relative", "false"],
  ["diff.renames", "true"],
  ["diff.noprefix", "false"],
  ["diff.mnemonicPrefix", "false"],
  ["merge.renames", "true"],
  ["merge.directoryRenames", "conflict"],
  ["merge.renormalize", "false"],
  ["i18n.commitEncoding", "UTF-8"],
  ["i18n.logOutputEncoding", "UTF-8"],
];

/** A setting's key and value. */
export type Setting = readonly [key: string, value: string];

/** All environment variables of a Git process. */
export type GitEnvironment = Readonly<Record<string, string>>;

/** The environment of Git in a repository of this program: only {@link TAKEN} comes from the user. */
export function isolated(settings: readonly Setting[] = [], env: NodeJS.ProcessEnv = process.env): GitEnvironment {
  return {
    ...pick(env, (name) => TAKEN.includes(name)),
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_SYSTEM: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    // Reading must not write, for example to the index of the user's checkout.
    GIT_OPTIONAL_LOCKS: "0",
    // Git must not ask for a password, neither in the terminal nor in a window.
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "",
    LC_ALL: "C",
    ...asVariables([...ALWAYS, ...settings]),
  };
}

/**
 * The environment of Git with access to the GitOps repository. The token is passed as a variable, because other users
 * of the machine can read arguments.
 */
export function isolatedRemote(
  { server, token }: { readonly server: string; readonly token: string },
  network: readonly Setting[],
): GitEnvironment {
  const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
  return isolated([
    ...network,
    [`http.${server}/.extraHeader`, `Authorization: Basic ${basic}`],
    ["credential.helper", ""],
    // Git aborts a connection without data for a minute.
    ["http.lowSpeedLimit", "1"],
    ["http.lowSpeedTime", "60"],
  ]);
}

/** The environment of Git for reading the user's own settings: their identity, their clone's remote, their network. */
export function personal(env: NodeJS.ProcessEnv = process.env): GitEnvironment {
  return { ...pick(env, (name) => !name.startsWith("GIT_") || PERSONAL.test(name)), LC_ALL: "C", LANGUAGE: "" };
}

/** The settings for network access from the user's and the machine's configuration. */
export async function networkSettings(folder: string): Promise<Setting[]> {
  return (await settingsAt(folder)).filter(([key]) => NETWORK.test(key));
}

/** The environment of Git in the user's checkout. The repository's own settings apply as well. */
export async function inCheckout(folder: string): Promise<GitEnvironment> {
  return isolated((await settingsAt(folder)).filter(([key]) => CHECKOUT.test(key)));
}

/** What Git needs to sign commits like the user's own Git. */
export interface Signing {
  readonly settings: readonly Setting[];
  readonly env: GitEnvironment;
}

/**
 * How the user's Git signs commits; undefined if it does not sign all of them (`commit.gpgSign`). A clone can be from
 * anywhere, so its own settings determine no program that runs.
 */
export async function personalSigning(folder: string): Promise<Signing | undefined> {
  const all = await scopedSettingsAt(folder);
  const value = all.findLast(({ setting: [key] }) => key === "commit.gpgsign")?.setting[1] ?? "false";
  if (!/^(true|yes|on|[1-9]\d*)$/i.test(value)) return undefined;
  const settings = all
    .filter(({ setting: [key] }) => SIGNED_WITH.test(key))
    .filter(({ setting: [key], scope }) => USER_SCOPES.includes(scope) || !/(program|command)$/.test(key))
    .map(({ setting }) => setting);
  return { settings, env: pick(process.env, (name) => SIGNER.includes(name)) };
}

/** The scopes of Git's settings that the user or the machine determines, not a repository. */
const USER_SCOPES: readonly string[] = ["system", "global", "command"];

/** All settings of the user's Git in a folder. Later ones override earlier ones. */
export async function settingsAt(folder: string): Promise<Setting[]> {
  return (await scopedSettingsAt(folder)).map(({ setting }) => setting);
}

/** A setting and where it is from, in Git's words: `system`, `global`, `local`, `worktree` or `command`. */
interface ScopedSetting {
  readonly scope: string;
  readonly setting: Setting;
}

async function scopedSettingsAt(folder: string): Promise<ScopedSetting[]> {
  // If Git is missing or cannot read its configuration, the next command reports it.
  const { stdout } = await execa("git", ["config", "--null", "--show-scope", "--list"], {
    cwd: folder,
    env: personal(),
    extendEnv: false,
    reject: false,
  });
  const fields = stdout.split("\0");
  return fields.flatMap((scope, index): ScopedSetting[] => {
    if (index % 2 === 1) return [];
    // A key without a value is true.
    const [key = "", ...lines] = (fields[index + 1] ?? "").split("\n");
    return key === "" ? [] : [{ scope, setting: [key, lines.length === 0 ? "true" : lines.join("\n")] }];
  });
}

function pick(env: NodeJS.ProcessEnv, isTaken: (name: string) => boolean): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined && isTaken(entry[0])),
  );
}

function asVariables(settings: readonly Setting[]): Record<string, string> {
  const pairs = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return { ...(Object.fromEntries(pairs) as Record<string, string>), GIT_CONFIG_COUNT: String(settings.length) };
}
