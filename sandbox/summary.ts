import { relative } from "node:path";
import { createColors } from "picocolors";
import type { Ports } from "./ports";
import { argocdUrls, repositoryUrl } from "./stack-files";
import { type EnvironmentName, environmentNames, type SandboxPaths } from "./paths";

/** What {@link summary} tells about. */
export interface SummaryArgs {
  paths: SandboxPaths;
  ports: Ports;
  /** The engine that ran the program, in words. */
  engine: string;
  /** How long `npm start` took. */
  seconds: number;
  /** Whether to print headings in bold. */
  color: boolean;
  /** Where the person stands: paths are shown from there. Default: the working directory. */
  from?: string;
}

/** The end of `npm start`: where everything is, and three things worth trying. */
export function summary({ paths, ports, engine, seconds, color, from = process.cwd() }: SummaryArgs): string {
  const show = (path: string): string => relative(from, path) || ".";
  const { bold } = createColors(color);
  const clone = show(paths.clone);
  const kubectl = `${show(paths.bin)}/kubectl`;
  const kubeconfig = (name: EnvironmentName): string => show(paths.environments[name].kubeconfig);
  return [
    "",
    `${bold("The platform is up")} after ${seconds.toFixed(0)} s, by ${engine}.`,
    "",
    "             Argo CD                   kubeconfig",
    ...environmentNames.map(
      (name) => `  ${name.padEnd(11)}${argocdUrls(ports, name).server.padEnd(26)}${kubeconfig(name)}`,
    ),
    "",
    `  repository ${repositoryUrl(ports)}`,
    `  clone      ${clone}`,
    `  alerts     ${show(paths.alerts)}`,
    `  programs   ${show(paths.bin)}: kubectl, argocd, helm`,
    "",
    bold("Worth trying next"),
    "",
    "  A new version, from dev to production:",
    `    . ${show(paths.as)}/developer`,
    "    npx gitops bump api --tag sha-b2c3d4e",
    "    npx gitops promote api --from dev --to staging",
    "    npx gitops promote api --from staging --to prod",
    "    npx gitops status",
    "",
    "  It waits for one who did not promote it:",
    `    . ${show(paths.as)}/approver`,
    "    npx gitops approve api",
    "    npx gitops history --env prod",
    "",
    "  A live edit of production is reverted:",
    `    ${kubectl} --kubeconfig ${kubeconfig("prod")} -n api \\`,
    "      set image deployment/api '*=ghcr.io/vaarak/api:sha-0000000'",
    "",
    "  The board: what each environment runs, and what is on its way:",
    `    (. ${show(paths.as)}/developer && npx gitops board \\`,
    ...environmentNames.map((name) => `      --cluster ${name}=${kubeconfig(name)} \\`),
    "      --port 7400)   # then open http://127.0.0.1:7400/",
    "",
    "  What production runs:",
    `    ${kubectl} --kubeconfig ${kubeconfig("prod")} \\`,
    "      get applications -A",
    "",
    "`npm stop` stops everything, `npm run reset` forgets it too.",
    "",
  ].join("\n");
}
