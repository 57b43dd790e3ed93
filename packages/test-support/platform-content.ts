import type { CataloguePolicy } from "@gitops-platform/components/delivery/objects";
import {
  firstContent,
  firstManifests,
  readFiles,
  firstCatalogue,
} from "@gitops-platform/components/repository/content";
import { buildRulesets } from "@gitops-platform/components/repository/rulesets";
import { environmentFiles, type FileSettings, mainFiles } from "@gitops-platform/components/repository/written-files";
import { rulesetBody } from "@gitops-platform/engine/providers/github/rulesets";
import { environmentBranch } from "@gitops-platform/contract/branches";
import type { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import { environments, findEnvironment, graph as declared } from "@gitops-platform/environments/environments";
import { dev } from "@gitops-platform/environments/dev";
import { commit } from "@gitops-platform/github-stand-in/tests/protected";
import type { Clone } from "@gitops-platform/github-stand-in/tests/support";
import { RELEASE_APP } from "./platform-accounts";

/** What a repository begins with, besides what every GitOps repository does. */
export interface Content {
  /** Files on `main`. Values files, if there are any, replace those of the program's first content. */
  readonly files?: Readonly<Record<string, string>>;
  /** The services whose manifests are on each approval branch. Default: those of the program's first content. */
  readonly manifests?: readonly string[];
  /** Owners on `main` besides the platform team, by path. Default: none. */
  readonly codeOwners?: FileSettings["codeOwners"];
  /** The names of the workflows that are there. Default: all. */
  readonly workflows?: readonly string[];
  /** Accounts and repositories of CI. Default: none. */
  readonly ci?: Pick<FileSettings, "ciAccounts" | "serviceRepositories">;
  /** The environments. Default: those that the program declares. */
  readonly graph?: EnvironmentGraph;
  /** Who approves, by environment. Default: the team of approvers. */
  readonly approvers?: Readonly<Record<string, readonly string[]>>;
}

/** A ruleset as GitHub's API accepts it. */
type RulesetBody = Record<string, unknown> & { name: string; enforcement: "active" };

/**
 * Pushes the files that the program writes first, to `main` and to each approval branch. Returns the rulesets that it
 * then creates.
 */
export async function writeContent(
  clone: Clone,
  releasePublicKey: string,
  { files = {}, manifests, codeOwners = {}, workflows, ci, graph = declared, approvers = {} }: Content,
): Promise<RulesetBody[]> {
  const approvals = graph.approved.map((environment) => ({
    environment,
    approvers: approvers[environment] ?? ["vaarak/approvers"],
  }));
  const settings: FileSettings = {
    ...{ releasePublicKey, codeOwners, platformTeam: ["vaarak/platform"], approvals, graph },
    delivery: deliveryOf(graph),
    ...{ ciAccounts: [], serviceRepositories: {}, ...ci },
  };
  const hasValues = Object.keys(files).some((path) => path.startsWith("environments/"));
  const services = hasValues ? [] : ["api"];
  const first = firstContent(readFiles(), { owner: "vaarak", services }, graph).filter(({ path }) => {
    const name = /^\.github\/workflows\/(.*)\.yaml$/.exec(path)?.[1];
    return name === undefined || workflows === undefined || workflows.includes(name);
  });
  const catalogue = firstCatalogue({ services, team: "platform" }, graph, settings.delivery);
  const content = [...first, ...catalogue.main];
  await commit(clone, "First content", { ...byPath(mainFiles(content, settings)), ...files });
  for (const { environment } of approvals) {
    const branch = environmentBranch(environment);
    const rendered = firstManifests("prod", { owner: "vaarak", services: manifests ?? services });
    const others = [...(catalogue.approved.get(environment) ?? []), ...rendered];
    await clone.git("checkout", "--quiet", "-b", branch, "main");
    await commit(clone, `Make the approvers own ${branch}`, byPath(environmentFiles(environment, others, settings)));
  }
  await clone.git("push", "--quiet", "origin", "--all");
  const { reserved, environments, names, main } = buildRulesets(graph.approved, {
    enforcement: "active",
    checksApp: RELEASE_APP,
    platformTeamId: undefined,
  });
  return [reserved, ...environments.values(), ...names, main].map(
    (ruleset) => rulesetBody({ ...ruleset }) as RulesetBody,
  );
}

/** How each environment delivers: as the declared one that is nearest to it. */
export function deliveryOf(graph: EnvironmentGraph): CataloguePolicy {
  return {
    repositoryUrl: "https://github.com/vaarak/gitops.git",
    environments: graph.environments.map(({ name, stage, waitsForApproval }) => {
      const like = findEnvironment(name) ?? environments.find((each) => each.stage === stage) ?? dev;
      const delivery = { sync: waitsForApproval ? "manual" : "auto", drift: "heal" } as const;
      return { ...like, name, delivery };
    }),
  };
}

function byPath(files: readonly { path: string; text: string }[]): Record<string, string> {
  return Object.fromEntries(files.map(({ path, text }) => [path, text]));
}
