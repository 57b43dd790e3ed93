// Must come first: the other imports need a newer Node than this check does.
import "./scripts/node-version.js";
import { loginCommand } from "@gitops-platform/components/argocd/address";
import { Argocd } from "@gitops-platform/components/argocd/argocd";
import { findRelease } from "@gitops-platform/components/argocd/manifest";
import { readClusterFacts } from "@gitops-platform/components/cluster-facts";
import { Delivery } from "@gitops-platform/components/delivery/delivery";
import { clusterProvider, githubProvider } from "@gitops-platform/components/providers";
import { requirePulumi } from "@gitops-platform/components/pulumi-version";
import {
  type ContentFile,
  type ContentOptions,
  firstContent,
  firstManifests,
  readFiles,
} from "@gitops-platform/components/repository/content";
import { GitopsRepository } from "@gitops-platform/components/repository/repository";
import { environments, graph, trackedBranch } from "@gitops-platform/environments/environments";
import { readSettings } from "@gitops-platform/environments/settings";
import { GITOPS_PATH } from "@gitops-platform/contract/paths";
import { bundle } from "@gitops-platform/gitops/bundle";

/** One environment: Argo CD, the services that it delivers, and, in one stack, the GitOps repository. */
export = async () => {
  await requirePulumi();
  const { environment, ownership, services, guard, ...settings } = await readSettings(findRelease, readClusterFacts);
  const { delivery, protect } = environment;
  const { owner, name, url } = settings.repository;
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
        delivery: { repositoryUrl: url, environments },
        content: ownership.adopt ? [] : contentOf({ owner, services: ownership.seed }),
        manifests: new Map(
          ownership.approvals.map(({ environment: name }) => [
            name,
            firstManifests(name, { owner, services: ownership.adopt ? [] : ownership.seed }),
          ]),
        ),
        protect,
        after: [argocd.namespace],
      },
      { provider: githubProvider(owner, ownership) },
    );
  const content = repository?.content ?? [];
  new Delivery(
    "delivery",
    { environment, services, guard, repository: settings.repository, argocd, content },
    { provider },
  );

  const login = loginCommand(settings.argocd);
  return {
    argocdVersion: settings.argocd.version,
    ...(settings.argocd.url !== undefined && { argocdUrl: settings.argocd.url }),
    ...(login !== undefined && { argocdLogin: login }),
    repositoryUrl: url,
    branch: trackedBranch(environment.name, delivery),
    applications: services.map((service) => service.name),
  };
};

/** The first content of a new repository: the project's files, values of services, and the `gitops` bundle. */
function contentOf(options: ContentOptions): ContentFile[] {
  return [...firstContent(readFiles(), options, graph), { path: GITOPS_PATH, text: bundle() }];
}
