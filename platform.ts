import { loginCommand } from "@gitops-platform/components/argocd/address";
import { Argocd } from "@gitops-platform/components/argocd/argocd";
import { findRelease } from "@gitops-platform/components/argocd/release";
import { readClusterFacts } from "@gitops-platform/components/cluster-facts";
import { Delivery } from "@gitops-platform/components/delivery/delivery";
import { clusterProvider, githubProvider } from "@gitops-platform/components/providers";
import { requirePulumi } from "@gitops-platform/components/pulumi-version";
import type { CataloguePolicy } from "@gitops-platform/components/delivery/objects";
import {
  firstContent,
  firstManifests,
  readFiles,
  firstCatalogue,
} from "@gitops-platform/components/repository/content";
import { GitopsRepository, type GitopsRepositoryArgs } from "@gitops-platform/components/repository/repository";
import { environments, graph, trackedBranch } from "@gitops-platform/environments/environments";
import { readSettings } from "@gitops-platform/environments/settings";
import type { Ownership } from "@gitops-platform/environments/settings/ownership";
import { GITOPS_PATH } from "@gitops-platform/contract/paths";
import { bundle } from "@gitops-platform/gitops/bundle";

/** A stack's outputs. */
export interface PlatformOutputs {
  /** The version of Argo CD that is installed. */
  readonly argocdVersion: string;
  /** Where people reach Argo CD. Absent: `argocd.url` is not set. */
  readonly argocdUrl?: string;
  /** The command that logs in to Argo CD. Absent: Argo CD has no address. */
  readonly argocdLogin?: string;
  /** The URL from which Argo CD clones the GitOps repository. */
  readonly repositoryUrl: string;
  /** The branch that the environment follows. */
  readonly branch: string;
}

/**
 * Registers one environment: Argo CD, what applies the catalogue, and, in one stack, the GitOps repository. The
 * stack's name is the environment's, and its configuration, in the namespace `gitops-platform`, has the settings.
 * @throws {RunError} of Pulumi with all problems of the settings, before any resource is registered.
 */
export async function platform(): Promise<PlatformOutputs> {
  await requirePulumi();
  const { environment, ownership, handover, guard, ...settings } = await readSettings(findRelease, readClusterFacts);
  const { delivery, protect } = environment;
  const { owner, name, url } = settings.repository;
  const catalogue = { repositoryUrl: url, environments };
  const provider = clusterProvider(settings.cluster);

  const argocd = new Argocd(
    "argocd",
    { ...settings.argocd, environment: environment.name, delivery, protect },
    { provider },
  );
  const repository =
    ownership &&
    new GitopsRepository(
      "gitops",
      {
        repository: name,
        ownership,
        graph,
        delivery: catalogue,
        ...contentOf(ownership, owner, catalogue),
        protect,
        after: [argocd.namespace],
      },
      { provider: githubProvider(owner, ownership) },
    );
  const content = repository?.content ?? [];
  new Delivery(
    "delivery",
    { environment, handover, guard, repository: settings.repository, argocd, content },
    { provider },
  );

  const login = loginCommand(settings.argocd);
  return {
    argocdVersion: settings.argocd.version,
    ...(settings.argocd.url !== undefined && { argocdUrl: settings.argocd.url }),
    ...(login !== undefined && { argocdLogin: login }),
    repositoryUrl: url,
    branch: trackedBranch(environment.name, delivery),
  };
}

/** What a new repository begins with. An adopted one keeps its files. */
function contentOf(
  { adopt, approvals, seed }: Ownership,
  owner: string,
  policy: CataloguePolicy,
): Pick<GitopsRepositoryArgs, "content" | "approved"> {
  if (adopt) return { content: [], approved: new Map() };
  const options = { owner, ...seed };
  const declared = firstCatalogue(seed, graph, policy);
  return {
    content: [...firstContent(readFiles(), options, graph), ...declared.main, { path: GITOPS_PATH, text: bundle() }],
    approved: new Map(
      approvals.map(({ environment: name }) => [
        name,
        [...(declared.approved.get(name) ?? []), ...firstManifests(name, options)],
      ]),
    ),
  };
}
