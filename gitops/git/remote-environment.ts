import type { Target } from "../target";

/** How git reaches the repository. The token goes by the environment: arguments can be read by every user of a machine. */
export function remoteEnvironment({ server, token }: Pick<Target, "server" | "token">): Record<string, string> {
  const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
  const config: [string, string][] = [
    [`http.${server}/.extraHeader`, `Authorization: Basic ${basic}`],
    ["credential.helper", ""],
    // A connection over which nothing comes for a minute is given up.
    ["http.lowSpeedLimit", "1"],
    ["http.lowSpeedTime", "60"],
    ["core.logAllRefUpdates", "false"],
    ["gc.auto", "0"],
  ];
  const pairs = config.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return {
    ...(Object.fromEntries(pairs) as Record<string, string>),
    GIT_CONFIG_COUNT: String(config.length),
    // Nobody is asked for a password: neither here nor in a window.
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "",
    LC_ALL: "C",
  };
}
