import * as pulumi from "@pulumi/pulumi";
import type { RepositoryCredential } from "@gitops-platform/environments/settings/read-credential";
import type { Environment } from "@gitops-platform/environments/environment";
import type { GuardExemptions } from "@gitops-platform/environments/settings/guard";
import type { Service } from "@gitops-platform/environments/settings/delivery";
import type { Argocd } from "../argocd/argocd";
import { KubernetesObject, secretData } from "../kubernetes-object";
import { guard } from "./guard/guard";
import { handedOver } from "./handover";
import { rootApplication, rootProject, type RootTarget } from "./root";
import type { ISecret } from "kubernetes-models/v1/Secret";
import { restUrl } from "@gitops-platform/environments/settings/repository";
import { ARGOCD_NAMESPACE } from "../argocd/installation";

/** The arguments of {@link Delivery}. */
export interface DeliveryArgs {
  /** The environment's policy. */
  readonly environment: Environment;
  /** The services that an earlier version delivered from the stack, and that the catalogue takes over. */
  readonly handover: readonly Service[];
  /** The identities that the guard exempts. The environment determines whether there is a guard, and its mode. */
  readonly guard: GuardExemptions;
  readonly repository: {
    /** The URL from which Argo CD clones the GitOps repository. */
    readonly url: string;
    /** Argo CD's read credential. Undefined: the repository is public, or the cluster already has a credential. */
    readonly credential: RepositoryCredential<pulumi.Output<string>> | undefined;
  };
  /** The Argo CD installation. It is destroyed after the Applications, because their finalizers need it. */
  readonly argocd: Pick<Argocd, "foundation" | "workloads">;
  /** The repository's content, which must exist before the Applications. Empty if another stack owns the repository. */
  readonly content: readonly pulumi.Resource[];
}

/**
 * The Application that applies the catalogue, with its AppProject, and the guard, which refuses changes outside Git to
 * what delivers the services.
 */
export class Delivery extends pulumi.ComponentResource {
  constructor(name: string, args: DeliveryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gitops-platform:index:Delivery", name, {}, opts);
    const { environment, handover, repository, argocd } = args;
    const foundation = [...argocd.foundation];
    const ready = [...argocd.workloads, ...args.content];
    if (repository.credential) {
      const data = secretData(credentialData(repository.url, repository.credential));
      ready.push(new KubernetesObject(repositorySecret(data), { parent: this, dependsOn: foundation }));
    }
    const guarded = { environment, repositoryUrl: repository.url, exemptions: args.guard };
    // Until the first part is in force, anybody could remove the label by which the others find their namespaces.
    const first: pulumi.Resource[] = [];
    for (const { policy, binding } of guard(guarded)) {
      const rules = new KubernetesObject(policy, { parent: this });
      const bound = new KubernetesObject(binding, { parent: this, dependsOn: [rules, ...first] });
      if (first.length === 0) first.push(bound);
    }
    // Deleting one of these removes it from the stack's state only, so neither `up` nor `destroy` reaches the workload.
    const retained = { parent: this, protect: false, retainOnDelete: true, dependsOn: foundation };
    for (const { object, name, ignoreChanges } of handedOver(handover, environment, repository.url)) {
      // The catalogue must not take over what the state would still delete.
      ready.push(new KubernetesObject(object, { ...retained, ignoreChanges }, name));
    }
    this.addCatalogue({ environment, repositoryUrl: repository.url }, { foundation, ready });
    this.registerOutputs();
  }

  /** Where the environment cascades, deleting this Application deletes the catalogue's services first. */
  private addCatalogue(
    target: RootTarget,
    { foundation, ready }: Readonly<Record<"foundation" | "ready", pulumi.Resource[]>>,
  ): void {
    const { protect } = target.environment;
    const appProject = new KubernetesObject(rootProject(target), { parent: this, protect, dependsOn: foundation });
    const dependsOn = [appProject, ...ready];
    new KubernetesObject(rootApplication(target), { parent: this, protect, dependsOn });
  }
}

/** The Secret that declares the GitOps repository and its credential to Argo CD. */
export function repositorySecret<Data>(data: Data): Omit<ISecret, "data"> & { data: Data } {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: "gitops-repository",
      namespace: ARGOCD_NAMESPACE,
      labels: { "argocd.argoproj.io/secret-type": "repository" },
    },
    type: "Opaque",
    data,
  };
}

/** The data of that Secret: https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#repositories */
export function credentialData<Secret>(
  url: string,
  credential: RepositoryCredential<Secret>,
): Record<string, string | Secret> {
  const repository = { type: "git", url };
  switch (credential.kind) {
    case "token":
      // With a token, GitHub accepts any user name but an empty one.
      return { ...repository, username: "x-access-token", password: credential.token };
    case "deployKey":
      return { ...repository, sshPrivateKey: credential.privateKey };
    case "app": {
      const { appId, installationId, privateKey, apiUrl } = credential;
      return {
        ...repository,
        githubAppID: String(appId),
        githubAppInstallationID: String(installationId),
        githubAppPrivateKey: privateKey,
        ...(apiUrl !== undefined && { githubAppEnterpriseBaseUrl: restUrl(apiUrl) }),
      };
    }
  }
}
