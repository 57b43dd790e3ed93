import { execa } from "execa";

// The one place that says what git takes over of the person who runs it. Their configuration, variables and hooks are
// for their own work: here a signature that is shown, a renamed file or a hook that fails would change what is read or
// pushed. Only their own commits are signed as they sign all others.

/** Variables that every git gets: where programs are, temporary files, proxies and certificates. */
const TAKEN: readonly string[] = [
  ...["PATH", "LD_LIBRARY_PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TMP", "TEMP"],
  ...["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"],
  ...["GIT_HTTP_PROXY_AUTHMETHOD", "KRB5CCNAME", "KRB5_CONFIG"],
  ...["SSL_CERT_FILE", "SSL_CERT_DIR", "NIX_SSL_CERT_FILE"],
  ...["GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_SSL_CERT", "GIT_SSL_KEY"],
  ...["GIT_PROXY_SSL_CAINFO", "GIT_PROXY_SSL_CERT", "GIT_PROXY_SSL_KEY"],
];

/**
 * Variables of git's own that say who somebody is and where their configuration is. All others are about one
 * repository, or one call.
 */
const PERSONAL =
  /^GIT_(AUTHOR_(NAME|EMAIL)|COMMITTER_(NAME|EMAIL)|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|PARAMETERS|COUNT|(KEY|VALUE)_\d+))$/;

/**
 * Settings by which a network is reached: `http.proxy`, `http.<url>.sslCAInfo`, … None of them sends or accepts
 * anything else.
 */
const NETWORK =
  /^http\.(.+\.)?(proxy|proxyauthmethod|proxysslcert|proxysslkey|proxysslcainfo|sslcainfo|sslcapath|sslcert|sslkey|sslbackend|schannelusesslcainfo|schannelcheckrevoke|delegation)$/;

/** Settings that say how files of a checkout are kept, and which checkouts of other users are trusted. */
const CHECKOUT = /^(core\.(autocrlf|eol)|safe\.directory)$/;

/** Settings that say with what commits are signed. */
const SIGNED_WITH = /^(user\.signingkey|gpg\.(format|program|(openpgp|x509|ssh)\.program|ssh\.defaultkeycommand))$/;

/** Variables by which programs that sign find their keys, and ask for a passphrase. */
const SIGNER: readonly string[] = [
  ...["GNUPGHOME", "GPG_TTY", "SSH_AUTH_SOCK", "SSH_ASKPASS", "TERM"],
  ...["DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"],
];

/** Settings of every git here, over those of the repository too. */
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

/** A key and its value. */
export type Setting = readonly [key: string, value: string];

/** All variables of a git process. */
export type GitEnvironment = Readonly<Record<string, string>>;

/**
 * The environment of git in a repository of this program's own: nothing of the person's but {@link TAKEN}, and some
 * settings.
 */
export function isolated(settings: readonly Setting[] = [], env: NodeJS.ProcessEnv = process.env): GitEnvironment {
  return {
    ...pick(env, (name) => TAKEN.includes(name)),
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_SYSTEM: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    // What is only read is not written to, such as the index of somebody's checkout.
    GIT_OPTIONAL_LOCKS: "0",
    // Nobody is asked for a password: neither here nor in a window.
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "",
    LC_ALL: "C",
    ...asVariables([...ALWAYS, ...settings]),
  };
}

/**
 * The same where git reaches the repository. The token goes by the environment: arguments can be read by every user of
 * a machine.
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
    // A connection over which nothing comes for a minute is given up.
    ["http.lowSpeedLimit", "1"],
    ["http.lowSpeedTime", "60"],
  ]);
}

/**
 * The environment of git that is asked for what the person says: who they are, where their clone comes from, how they
 * reach a network.
 */
export function personal(env: NodeJS.ProcessEnv = process.env): GitEnvironment {
  return { ...pick(env, (name) => !name.startsWith("GIT_") || PERSONAL.test(name)), LC_ALL: "C", LANGUAGE: "" };
}

/** How the person's git reaches networks, by their own and the machine's configuration. */
export async function networkSettings(folder: string): Promise<Setting[]> {
  return (await settingsAt(folder)).filter(([key]) => NETWORK.test(key));
}

/** The environment of git in somebody's checkout, which the repository's own settings bear on as well. */
export async function inCheckout(folder: string): Promise<GitEnvironment> {
  return isolated((await settingsAt(folder)).filter(([key]) => CHECKOUT.test(key)));
}

/** What git needs to sign as the person does. */
export interface Signing {
  readonly settings: readonly Setting[];
  readonly env: GitEnvironment;
}

/** How the person's git signs their commits; undefined where it does not sign every one (`commit.gpgSign`). */
export async function personalSigning(folder: string): Promise<Signing | undefined> {
  const all = await settingsAt(folder);
  const value = all.findLast(([key]) => key === "commit.gpgsign")?.[1] ?? "false";
  if (!/^(true|yes|on|[1-9]\d*)$/i.test(value)) return undefined;
  const settings = all.filter(([key]) => SIGNED_WITH.test(key));
  return { settings, env: pick(process.env, (name) => SIGNER.includes(name)) };
}

/** Every setting that the person's git has in a folder, the strongest last. */
export async function settingsAt(folder: string): Promise<Setting[]> {
  // Where there is no git, or none that can read its configuration, the command that follows says so.
  const { stdout } = await execa("git", ["config", "--null", "--list"], {
    cwd: folder,
    env: personal(),
    extendEnv: false,
    reject: false,
  });
  return stdout.split("\0").flatMap((entry): Setting[] => {
    // A key without a value is true.
    const [key = "", ...lines] = entry.split("\n");
    return key === "" ? [] : [[key, lines.length === 0 ? "true" : lines.join("\n")]];
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
