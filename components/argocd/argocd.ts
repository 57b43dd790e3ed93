import * as pulumi from "@pulumi/pulumi";
import type { WebhookExposure } from "../../environments/webhooks";
import { KubernetesObject, type Manifest } from "../kubernetes-object";
import { secretData } from "../secret-data";
import type { ArgocdSettings } from "./config-maps";
import { installation } from "./installation";
import { webhookExposure } from "./webhook-exposure";
import { webhookSecrets } from "./webhook-secrets";
import { APP_KEY, type DeploymentsApp } from "./notifications/deployments";
import { SLACK_TOKEN_KEY, TOKEN_KEY } from "./notifications/settings";

/** What Argo CD's installation is made of. */
export interface ArgocdArgs extends ArgocdSettings {
  /** The objects of the pinned release: see `findRelease`. */
  readonly manifest: readonly Manifest[];
  /** What GitHub signs webhooks for this cluster with. No other event makes Argo CD look at Git. */
  readonly webhookSecret: pulumi.Output<string>;
  /**
   * How GitHub reaches the webhook endpoint. Unset: nothing of Argo CD is reachable from outside the cluster by this
   * program.
   */
  readonly webhookExposure?: WebhookExposure | undefined;
  /** The webhook that gets notifications, and the token that it is called with. */
  readonly notifications: { readonly url: string; readonly token: pulumi.Output<string> | undefined } | undefined;
  /** The Slack channel that gets them, and the token of the Slack app that posts there. */
  readonly slack?: { readonly channel: string; readonly token: pulumi.Output<string> } | undefined;
  /** The GitHub App that writes the services' health to GitHub, with its private key. */
  readonly deployments?: (DeploymentsApp & { readonly privateKey: pulumi.Output<string> }) | undefined;
  /**
   * Whether Pulumi refuses to delete what holds every Application: the namespace, the definitions, the closed project.
   */
  readonly protect: boolean;
}

/** Argo CD in its namespace, each upstream object a resource of its own. */
export class Argocd extends pulumi.ComponentResource {
  /** The first object: the cluster takes what this program sends once it has taken this. */
  readonly namespace: KubernetesObject;
  /** The namespace, and the kinds AppProject, Application and ApplicationSet: what such an object needs to exist. */
  readonly foundation: readonly KubernetesObject[];
  /** The processes: what such an object needs to have an effect, and to be deleted with its workload. */
  readonly workloads: readonly KubernetesObject[];

  constructor(name: string, args: ArgocdArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gitops-platform:index:Argocd", name, {}, opts);
    const { protect } = args;
    const objects = installation(args.manifest, args);
    const secrets = secretValues(args);

    const make = (object: Manifest) => new KubernetesObject(object, { parent: this, protect });
    this.namespace = make(objects.namespace);
    this.foundation = [this.namespace, ...objects.definitions.map(make)];
    const dependsOn = [...this.foundation];
    const surroundings = objects.surroundings.map(
      (object) => new KubernetesObject(withSecret(object, secrets), { parent: this, dependsOn }),
    );
    // Before argocd-server, which makes a project that lets everything through where it finds none.
    const project = new KubernetesObject(objects.defaultProject, { parent: this, dependsOn, protect });
    this.workloads = objects.workloads.map(
      (object) => new KubernetesObject(object, { parent: this, dependsOn: [...surroundings, project] }),
    );
    for (const object of args.webhookExposure ? webhookExposure(args.webhookExposure, args.parameters) : []) {
      new KubernetesObject(object, { parent: this, dependsOn: [...surroundings] });
    }
    this.registerOutputs();
  }
}

type SecretValues = Readonly<Record<string, Readonly<Record<string, pulumi.Output<string>>>>>;

/** What the program puts into Argo CD's Secrets, by the Secret's name. */
function secretValues({ webhookSecret, notifications, slack, deployments }: ArgocdArgs): SecretValues {
  const tokens = {
    ...(notifications?.token && { [TOKEN_KEY]: notifications.token }),
    ...(slack && { [SLACK_TOKEN_KEY]: slack.token }),
    ...(deployments && { [APP_KEY]: deployments.privateKey }),
  };
  return {
    "argocd-secret": webhookSecrets(webhookSecret),
    ...(Object.keys(tokens).length > 0 && { "argocd-notifications-secret": tokens }),
  };
}

function withSecret(object: Manifest, secrets: SecretValues): Manifest {
  const values = object.kind === "Secret" ? secrets[object.metadata?.name ?? ""] : undefined;
  return values ? ({ ...object, data: secretData(values) } as Manifest) : object;
}
