import * as pulumi from "@pulumi/pulumi";
import type { RepositoryCredential } from "@gitops-platform/environments/settings/read-credential";
import type { Environment } from "@gitops-platform/environments/environment";
import type { GuardExemptions } from "@gitops-platform/environments/settings/guard";
import type { Service } from "@gitops-platform/environments/settings/delivery";
import type { Argocd } from "../argocd/argocd";
import { KubernetesObject } from "../kubernetes-object";
import { secretData } from "../secret-data";
import { application } from "./application";
import { credentialData, repositorySecret } from "./credential";
import { guard } from "./guard/guard";
import { defaultDeny, namespace, quota } from "./namespace";
import { project } from "./project";
import { rootApplication, rootProject, type RootTarget } from "./root";

/** The arguments of {@link Delivery}. */
export interface DeliveryArgs {
  /** The environment's policy. */
  readonly environment: Environment;
  /**
   * The services that the stack declares. Each gets an AppProject and an Application; services in one namespace share
   * its quota.
   */
  readonly services: readonly Service[];
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
 * The namespaces of the stack's services, an Application and an AppProject for each of them and for the catalogue, and
 * the guard, which refuses changes to all of them outside Git.
 */
export class Delivery extends pulumi.ComponentResource {
  constructor(name: string, args: DeliveryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gitops-platform:index:Delivery", name, {}, opts);
    const { environment, services, repository, argocd } = args;
    const { protect } = environment;

    const foundation = [...argocd.foundation];
    const ready = [...argocd.workloads, ...args.content];
    if (repository.credential) {
      const data = secretData(credentialData(repository.url, repository.credential));
      ready.push(new KubernetesObject(repositorySecret(data), { parent: this, dependsOn: foundation }));
    }
    const guarded = { environment, repositoryUrl: repository.url, exemptions: args.guard };
    // Until the first part is in force, anybody could take the label away by which the others find their namespaces.
    const first: pulumi.Resource[] = [];
    for (const { policy, binding } of guard(guarded)) {
      const rules = new KubernetesObject(policy, { parent: this });
      const bound = new KubernetesObject(binding, { parent: this, dependsOn: [rules, ...first] });
      if (first.length === 0) first.push(bound);
    }
    // Where several services share a namespace, the first one owns it.
    const owners = new Map(services.toReversed().map(({ name, namespace }) => [namespace, name]));
    const namespaces = new Map(
      Array.from(owners, ([name, owner]) => [name, this.addNamespace(name, owner, environment)]),
    );
    for (const service of services) {
      const target = { environment, service, repositoryUrl: repository.url };
      const appProject = new KubernetesObject(project(target), { parent: this, protect, dependsOn: foundation });
      const dependsOn = [appProject, ...(namespaces.get(service.namespace) ?? []), ...ready];
      new KubernetesObject(application(target), { parent: this, protect, dependsOn });
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

  private addNamespace(name: string, owner: string, environment: Environment): KubernetesObject[] {
    const { protect, retain: retainOnDelete } = environment;
    const created = new KubernetesObject(namespace(name, environment, owner), {
      parent: this,
      protect,
      retainOnDelete,
    });
    const opts = { parent: this, retainOnDelete, dependsOn: [created] };
    return [
      created,
      new KubernetesObject(quota(name, environment), opts, `resourcequota-${name}-pods`),
      new KubernetesObject(defaultDeny(name), opts, `networkpolicy-${name}-default-deny`),
    ];
  }
}
