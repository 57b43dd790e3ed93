import type { ArgocdPorts } from "../ports";

/** Whether argocd-server speaks TLS, and below which path. */
export interface ServerSettings {
  /** With `https` the certificate is self-signed, unless one is installed. */
  scheme: "http" | "https";
  /** Path prefix of every URL (`server.rootpath`), without slashes at its ends; default none. */
  rootPath?: string;
}

/**
 * What argocd-server's process says about its own URL: TLS is on unless its arguments or environment turn it off.
 * @param process the resolved process: flags count before variables, of a flag given twice the last counts
 */
export function serverSettings(process: { args: readonly string[]; env: Record<string, string> }): ServerSettings {
  const insecure = flag(process.args, "--insecure", "true") ?? process.env.ARGOCD_SERVER_INSECURE ?? "false";
  const rootPath = flag(process.args, "--rootpath") ?? process.env.ARGOCD_SERVER_ROOTPATH ?? "";
  return { scheme: isTrue(insecure) ? "http" : "https", ...withRoot(rootPath) };
}

/** The same from the parameters of argocd-cmd-params-cm: known before anything is installed. */
export function serverSettingsOf(parameters: Record<string, string>): ServerSettings {
  const insecure = parameters["server.insecure"] ?? "false";
  return { scheme: isTrue(insecure) ? "http" : "https", ...withRoot(parameters["server.rootpath"] ?? "") };
}

/** Addresses of one environment's Argo CD, all on 127.0.0.1. */
export interface ArgocdEndpoints {
  /** argocd-server: API and, where it is built in, the web UI. */
  server: string;
  /** Where a Git host sends its pushes: Applications are refreshed. A sender over https must accept a self-signed certificate. */
  webhook: string;
  /** The same for ApplicationSets, whose controller has an endpoint of its own; always plain HTTP. */
  applicationSetWebhook: string;
}

/** Where Argo CD answers. */
export function argocdEndpoints(ports: ArgocdPorts, { scheme, rootPath }: ServerSettings): ArgocdEndpoints {
  const server = `${scheme}://127.0.0.1:${ports.server}${rootPath === undefined ? "" : `/${rootPath}`}`;
  return {
    server,
    webhook: `${server}/api/webhook`,
    applicationSetWebhook: `http://127.0.0.1:${ports.applicationSetWebhook}/api/webhook`,
  };
}

/** Variables with which the `argocd` command talks to this server. Its password: Secret argocd-initial-admin-secret. */
export function cliEnvironment(ports: ArgocdPorts, { scheme, rootPath }: ServerSettings): Record<string, string> {
  const options = [
    scheme === "http" ? "--plaintext" : "--insecure",
    ...(rootPath === undefined ? [] : ["--grpc-web-root-path", `/${rootPath}`]),
  ];
  return { ARGOCD_SERVER: `127.0.0.1:${ports.server}`, ARGOCD_OPTS: options.join(" ") };
}

/** Value of the flag's last occurrence; `bare`: what the flag means without a value. */
function flag(args: readonly string[], name: string, bare?: string): string | undefined {
  let value: string | undefined;
  args.forEach((argument, index) => {
    if (argument.startsWith(`${name}=`)) value = argument.slice(name.length + 1);
    else if (argument === name) value = bare ?? args[index + 1];
  });
  return value;
}

/** Go's strconv.ParseBool, which Argo CD reads booleans with. */
function isTrue(text: string): boolean {
  return ["1", "t", "T", "true", "TRUE", "True"].includes(text);
}

function withRoot(rootPath: string): Pick<ServerSettings, "rootPath"> {
  const trimmed = rootPath.replace(/^\/+|\/+$/g, "");
  return trimmed === "" ? {} : { rootPath: trimmed };
}
