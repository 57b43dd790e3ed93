// Must come first: the other imports need a newer Node than this check does.
import "./scripts/node-version.js";
import { loginCommand } from "./components/argocd/address";
import { Argocd } from "./components/argocd/argocd";
import { findRelease } from "./components/argocd/manifest";
import { ARGOCD_VERSION } from "./components/argocd/release";
import { readClusterFacts } from "./components/cluster-facts";
import { Delivery } from "./components/delivery/delivery";
import { clusterProvider, githubProvider } from "./components/providers";
import { requirePulumi } from "./components/pulumi-version";
import { firstContent, firstManifests, readFiles, type ContentFile } from "./components/repository/content";
import { GitopsRepository } from "./components/repository/repository";
import { trackedBranch } from "./environments/catalogue";
import { readSettings } from "./environments/settings";
import { GITOPS_PATH } from "./contract/paths";
import { bundle } from "./gitops/bundle";

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
        content: ownership.adopt ? [] : contentOf(owner, ownership.seed),
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
    argocdVersion: ARGOCD_VERSION,
    ...(settings.argocd.url !== undefined && { argocdUrl: settings.argocd.url }),
    ...(login !== undefined && { argocdLogin: login }),
    repositoryUrl: url,
    branch: trackedBranch(environment.name, delivery),
    applications: services.map((service) => service.name),
  };
};

/** The first content of a new repository: the project's files, values of services, and the `gitops` bundle. */
function contentOf(owner: string, services: readonly string[]): ContentFile[] {
  return [...firstContent(readFiles(), { owner, services }), { path: GITOPS_PATH, text: bundle() }];
}
