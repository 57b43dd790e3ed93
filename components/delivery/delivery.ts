import * as pulumi from "@pulumi/pulumi";
import type { RepositoryCredential } from "../../environments/credentials";
import type { Environment } from "../../environments/environment";
import type { GuardExemptions } from "../../environments/guard";
import type { Service } from "../../environments/settings";
import type { Argocd } from "../argocd/argocd";
import { KubernetesObject } from "../kubernetes-object";
import { secretData } from "../secret-data";
import { application } from "./application";
import { credentialData, repositorySecret } from "./credential";
import { guard } from "./guard/guard";
import { defaultDeny, namespace, quota } from "./namespace";
import { project } from "./project";

/** What is delivered to one environment, and by which rules. */
export interface DeliveryArgs {
  /** The environment's policy. */
  readonly environment: Environment;
  /** Each gets a project and an Application; services that share a namespace share its limits. */
  readonly services: readonly Service[];
  /** Whom the guard lets past. Whether there is one, and what it does, the environment says. */
  readonly guard: GuardExemptions;
  readonly repository: {
    /** Where Argo CD clones the GitOps repository from. */
    readonly url: string;
    /** Argo CD's read credential. Unset: the repository is public, or its credential is in the cluster already. */
    readonly credential: RepositoryCredential<pulumi.Output<string>> | undefined;
  };
  /** The installation that delivers. On destroy it goes after the Applications, or their finalizers would hang. */
  readonly argocd: Pick<Argocd, "foundation" | "workloads">;
  /**
   * What must be in the repository before an Application looks for it; empty where another stack owns the repository.
   */
  readonly content: readonly pulumi.Resource[];
}

/**
 * The services' namespaces, for each service the Application that delivers it and the project that confines it, and the
 * guard that keeps all of it from being changed past Git.
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
    const guarded = { environment, services, repositoryUrl: repository.url, exemptions: args.guard };
    for (const { policy, binding } of guard(guarded)) {
      const rules = new KubernetesObject(policy, { parent: this });
      new KubernetesObject(binding, { parent: this, dependsOn: [rules] });
    }
    const names = new Set(services.map((service) => service.namespace));
    const namespaces = new Map(Array.from(names, (name) => [name, this.addNamespace(name, environment)]));
    for (const service of services) {
      const target = { environment, service, repositoryUrl: repository.url };
      const confines = new KubernetesObject(project(target), { parent: this, protect, dependsOn: foundation });
      const dependsOn = [confines, ...(namespaces.get(service.namespace) ?? []), ...ready];
      new KubernetesObject(application(target), { parent: this, protect, dependsOn });
    }
    this.registerOutputs();
  }

  private addNamespace(name: string, environment: Environment): KubernetesObject[] {
    const { protect, retain: retainOnDelete } = environment;
    const home = new KubernetesObject(namespace(name, environment), { parent: this, protect, retainOnDelete });
    const opts = { parent: this, retainOnDelete, dependsOn: [home] };
    return [
      home,
      new KubernetesObject(quota(name, environment), opts, `resourcequota-${name}-pods`),
      new KubernetesObject(defaultDeny(name), opts, `networkpolicy-${name}-default-deny`),
    ];
  }
}
