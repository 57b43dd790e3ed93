import { relative } from "node:path";
import colors from "picocolors";
import type { Ports } from "./ports";
import { argocdUrls, repositoryUrl } from "./stack-files";
import { environments, type SandboxPaths } from "./state";

/** What {@link summary} tells about. */
export interface SummaryArgs {
  paths: SandboxPaths;
  ports: Ports;
  /** Folder of the sandbox's programs, kubectl among them. */
  bin: string;
  /** The engine that ran the program, in words. */
  engine: string;
  /** How long `npm start` took. */
  seconds: number;
  /** Where the person stands: paths are shown from there. Default: the working directory. */
  from?: string;
}

/** The end of `npm start`: where everything is, and three things worth trying. */
export function summary({ paths, ports, bin, engine, seconds, from = process.cwd() }: SummaryArgs): string {
  const show = (path: string): string => relative(from, path) || ".";
  const clone = show(paths.clone);
  const kubeconfig = (name: (typeof environments)[number]): string => show(paths.environments[name].kubeconfig);
  const heading = colors.bold;
  return [
    "",
    `${heading("The platform is up")} after ${seconds.toFixed(0)} s, by ${engine}.`,
    "",
    ...environments.map(
      (name) => `  ${name.padEnd(9)}${argocdUrls(ports, name).server.padEnd(24)}kubeconfig ${kubeconfig(name)}`,
    ),
    `  Git      ${repositoryUrl(ports)}, cloned to ${clone}`,
    `  kubectl  ${bin}/kubectl`,
    "",
    heading("Worth trying next"),
    "",
    "  A commit is live in dev within a second:",
    `    cd ${clone} && sed -i 's/sha-[0-9a-f]*/sha-b2c3d4e/' environments/dev/api.yaml \\`,
    "      && git commit -qam 'Deploy api sha-b2c3d4e to dev' && git push -q; cd -",
    "",
    "  A live edit of production is reverted:",
    `    ${bin}/kubectl --kubeconfig ${kubeconfig("prod")} -n api \\`,
    "      set image deployment/api '*=ghcr.io/vaarak/api:sha-0000000'",
    "",
    "  What runs, in production:",
    `    ${bin}/kubectl --kubeconfig ${kubeconfig("prod")} get applications -A`,
    "",
    "`npm stop` stops everything, `npm run reset` forgets it too.",
    "",
  ].join("\n");
}
