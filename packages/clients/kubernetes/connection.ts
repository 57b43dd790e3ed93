import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { RequestOptions } from "node:https";
import type * as clientNode from "@kubernetes/client-node";

/** A cluster's URL and credentials, from a kubeconfig. */
export interface Connection {
  /** Base URL of the API server, without a trailing slash. */
  server: string;
  /** The context's namespace; `default` if it has none. */
  namespace: string;
  /** The context's name. */
  context: string;
  /** These credentials, for error messages: `context dev of .sandbox/dev/kubeconfig`. */
  credentials: string;
  /** TLS options and headers of a request. Called again after a 401, because tokens of exec plugins expire. */
  authenticate(): Promise<RequestOptions>;
}

/**
 * Reads a kubeconfig file.
 * @param context Default: the file's current context.
 * @throws if the file, the context or the context's cluster does not exist.
 */
export function connectionFromFile(file: string, context?: string): Connection {
  const path = resolve(file);
  if (!existsSync(path)) {
    throw new Error(`kubeconfig: got ${file}; expected a file that exists. Set the path of the cluster's kubeconfig.`);
  }
  const config = newKubeConfig();
  load(file, () => {
    config.loadFromFile(path);
  });
  return connect(config, file, context);
}

/**
 * Parses the content of a kubeconfig file (YAML or JSON). Relative paths in it are relative to the working directory.
 */
export function connectionFromContent(content: string, context?: string): Connection {
  const config = newKubeConfig();
  load("content", () => {
    config.loadFromString(content);
  });
  return connect(config, "the given kubeconfig", context);
}

/** Loads the package only here: it takes a third of a second, and most commands read no kubeconfig. */
function newKubeConfig(): clientNode.KubeConfig {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- import() would make every caller asynchronous
  const { KubeConfig } = require("@kubernetes/client-node") as typeof clientNode;
  return new KubeConfig();
}

function load(source: string, read: () => void): void {
  try {
    read();
  } catch (error) {
    throw new Error(
      `kubeconfig: got ${source} that cannot be parsed (${firstLine(error)}); expected a kubeconfig in YAML or JSON. ` +
        "Correct it.",
    );
  }
}

function connect(config: clientNode.KubeConfig, source: string, context: string | undefined): Connection {
  const name = context ?? config.getCurrentContext();
  const known = config.getContexts().map((each) => each.name);
  if (!known.includes(name)) {
    const got = context === undefined ? "no current context" : `context ${JSON.stringify(context)}`;
    throw new Error(
      `kubeconfig ${source}: got ${got}; expected one of: ${known.join(", ") || "(it has no contexts)"}. ` +
        "Set one of them.",
    );
  }
  config.setCurrentContext(name);
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new Error(
      `kubeconfig ${source}: got context ${JSON.stringify(name)} without its cluster; ` +
        "expected the cluster in the same file. Add it.",
    );
  }
  if (cluster.proxyUrl) {
    throw new Error(
      `kubeconfig ${source}: got proxy-url ${cluster.proxyUrl}; expected none. ` +
        "Use a cluster that is reachable without a proxy.",
    );
  }
  return {
    server: cluster.server,
    namespace: config.getContextObject(name)?.namespace ?? "default",
    context: name,
    credentials: `context ${name} of ${source}`,
    async authenticate() {
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      // KubeConfig's agent does not keep connections alive.
      delete options.agent;
      return options;
    },
  };
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
