import { relative } from "node:path";
import { createColors } from "picocolors";
import { BREAK_GLASS_GROUP } from "@gitops-platform/environments/environment";
import type { Ports } from "./ports";
import { argocdUrls, boardUrl, repositoryUrl } from "./stack-files";
import { type EnvironmentName, environmentNames, type SandboxPaths } from "./paths";

/** Arguments of {@link summary}. */
export interface SummaryArgs {
  paths: SandboxPaths;
  ports: Ports;
  /** Name of the engine that ran the program. */
  engine: string;
  /** How long `npm start` took. */
  seconds: number;
  /** Whether to print headings in bold. */
  color: boolean;
  /** The folder that paths are shown relative to. Default: the working directory. */
  from?: string;
}

/** The last output of `npm start`: where everything is, and a few things to try. */
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
    `  board      ${boardUrl(ports)}`,
    `  repository ${repositoryUrl(ports)}`,
    `  clones     ${clone}; of the API service: ${show(paths.appClone)}`,
    `  alerts     ${show(paths.alerts)}`,
    `  programs   ${show(paths.bin)}: kubectl, argocd, helm`,
    "",
    bold("Worth trying next"),
    "",
    `  Watch everything on the board: ${boardUrl(ports)}`,
    "",
    "  A new version, from a commit to production; CI builds it and bumps dev:",
    `    (cd ${show(paths.appClone)} && git commit --allow-empty -m Change && git push)`,
    `    . ${show(paths.as)}/developer`,
    "    npx gitops status",
    "    npx gitops promote api --from dev --to staging",
    "    npx gitops promote api --from staging --to prod",
    "    npx gitops status",
    "",
    "  It waits for an approver who did not promote it:",
    `    . ${show(paths.as)}/approver`,
    "    npx gitops approve api",
    "    npx gitops history --env prod",
    "",
    "  A live edit of production is refused:",
    `    ${kubectl} --kubeconfig ${kubeconfig("prod")} -n api \\`,
    "      set image deployment/api '*=ghcr.io/vaarak/api:sha-0000000'",
    "  In an emergency, these flags allow it; it is recorded and reverted:",
    `    --as=oncall --as-group=system:masters --as-group=${BREAK_GLASS_GROUP}`,
    "",
    "  What production runs:",
    `    ${kubectl} --kubeconfig ${kubeconfig("prod")} \\`,
    "      get applications -A",
    "",
    "`npm stop` stops everything, `npm run reset` also deletes its data.",
    "",
  ].join("\n");
}
