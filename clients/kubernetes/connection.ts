import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { RequestOptions } from "node:https";
import type * as clientNode from "@kubernetes/client-node";

/** Where a cluster is and how to authenticate, read from a kubeconfig. */
export interface Connection {
  /** Base URL of the API server, without a trailing slash. */
  server: string;
  /** The context's namespace, `default` where it names none. */
  namespace: string;
  /** The context's name. */
  context: string;
  /** How messages name these credentials: `context dev of .sandbox/dev/kubeconfig`. */
  who: string;
  /** TLS options and headers of a request. Asked again after a 401, as tokens of exec plugins expire. */
  authenticate(): Promise<RequestOptions>;
}

/**
 * Reads a kubeconfig file.
 * @param context Its context; default: its current context.
 * @throws naming the file, or the contexts that there are, where something is missing.
 */
export function connectionFromFile(file: string, context?: string): Connection {
  const path = resolve(file);
  if (!existsSync(path)) {
    throw new Error(`kubeconfig: got ${file}; expected a file that exists. Name the cluster's kubeconfig.`);
  }
  const config = newKubeConfig();
  load(file, () => {
    config.loadFromFile(path);
  });
  return connect(config, file, context);
}

/** Reads the text of a kubeconfig (YAML or JSON). Relative paths in it count from the working directory. */
export function connectionFromText(text: string, context?: string): Connection {
  const config = newKubeConfig();
  load("the given text", () => {
    config.loadFromString(text);
  });
  return connect(config, "the given kubeconfig", context);
}

/** Loads the package only here: it takes a third of a second, and most commands read no kubeconfig. */
function newKubeConfig(): clientNode.KubeConfig {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- import() would make every caller asynchronous
  const { KubeConfig } = require("@kubernetes/client-node") as typeof clientNode;
  return new KubeConfig();
}

function load(from: string, read: () => void): void {
  try {
    read();
  } catch (error) {
    throw new Error(
      `kubeconfig: got ${from}, which cannot be read (${firstLine(error)}); expected a kubeconfig in YAML or JSON.`,
    );
  }
}

function connect(config: clientNode.KubeConfig, from: string, context: string | undefined): Connection {
  const name = context ?? config.getCurrentContext();
  const known = config.getContexts().map((each) => each.name);
  if (!known.includes(name)) {
    const got = context === undefined ? "no current context" : `context ${JSON.stringify(context)}`;
    throw new Error(
      `kubeconfig ${from}: got ${got}; expected one of: ${known.join(", ") || "(it has no context)"}. Name one of them.`,
    );
  }
  config.setCurrentContext(name);
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new Error(`kubeconfig ${from}: context ${JSON.stringify(name)} names a cluster that the file does not have.`);
  }
  if (cluster.proxyUrl) {
    throw new Error(
      `kubeconfig ${from}: got proxy-url ${cluster.proxyUrl}; expected a cluster reached without a proxy.`,
    );
  }
  return {
    server: cluster.server,
    namespace: config.getContextObject(name)?.namespace ?? "default",
    context: name,
    who: `context ${name} of ${from}`,
    async authenticate() {
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      // KubeConfig's agent neither keeps connections alive nor knows their number.
      delete options.agent;
      return options;
    },
  };
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
