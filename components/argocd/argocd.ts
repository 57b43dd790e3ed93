import * as pulumi from "@pulumi/pulumi";
import type { WebhookExposure, Address } from "@gitops-platform/environments/settings/argocd";
import type { ReceiverSecrets } from "@gitops-platform/environments/settings/receivers";
import { KubernetesObject, type Manifest, secretData } from "../kubernetes-object";
import { addressObjects } from "./address";
import type { ArgocdSettings } from "./config-maps";
import { installation } from "./installation";
import { signOnSecrets } from "./sign-on";
import { webhookExposure, webhookSecrets } from "./webhook";
import { APP_KEY, type DeploymentsApp } from "./notifications/deployments";
import { pagerDutyKey, SMTP_PASSWORD_KEY, workflowKey } from "./notifications/receivers";
import { SLACK_TOKEN_KEY, TOKEN_KEY } from "./notifications/settings";

/** The arguments of {@link Argocd}. */
export interface ArgocdArgs extends ArgocdSettings {
  /** The objects of the pinned release; `findRelease` returns them. */
  readonly manifest: readonly Manifest[];
  /** The secret that GitHub signs this cluster's webhooks with. Argo CD ignores every other event. */
  readonly webhookSecret: pulumi.Output<string>;
  /** How GitHub reaches the webhook endpoint. Default: this program exposes nothing of Argo CD outside the cluster. */
  readonly webhookExposure?: WebhookExposure | undefined;
  /** Where people reach the web page and the API. Default: this program exposes neither. */
  readonly address?: Address | undefined;
  /** The secret of the client with which Argo CD authenticates to the identity provider. */
  readonly ssoClientSecret?: pulumi.Output<string> | undefined;
  /** The webhook that receives notifications, and the token sent to it. */
  readonly notifications: { readonly url: string; readonly token: pulumi.Output<string> | undefined } | undefined;
  /** The Slack channel that receives notifications, and the token of the Slack app that posts them. */
  readonly slack?: { readonly channel: string; readonly token: pulumi.Output<string> } | undefined;
  /** The GitHub App that reports the services' health to GitHub, with its private key. */
  readonly deployments?: (DeploymentsApp & { readonly privateKey: pulumi.Output<string> }) | undefined;
  /** The secrets of the other receivers of notifications. Default: none. */
  readonly receiverSecrets?: ReceiverSecrets | undefined;
  /** Whether Pulumi refuses to delete what every Application needs: the namespace, the CRDs, the project `default`. */
  readonly protect: boolean;
}

/** Argo CD in its namespace. Each upstream object is a separate resource. */
export class Argocd extends pulumi.ComponentResource {
  /** The first object created. If the cluster accepts it, the connection and the user's rights work. */
  readonly namespace: KubernetesObject;
  /** The namespace and the CRDs. Without them, no AppProject, Application or ApplicationSet can exist. */
  readonly foundation: readonly KubernetesObject[];
  /** Argo CD's Deployments and StatefulSets. Without them, such an object has no effect and cannot be finalized. */
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
    const isSecret = ({ kind }: Manifest) => kind === "Secret";
    const stored = objects.prerequisites
      .filter(isSecret)
      .map((object) => new KubernetesObject(withSecret(object, secrets), { parent: this, dependsOn }));
    // argocd-server restarts when argocd-cm changes, and reads the Secrets that it refers to only when it starts.
    const others = objects.prerequisites
      .filter((object) => !isSecret(object))
      .map((object) => new KubernetesObject(object, { parent: this, dependsOn: [...dependsOn, ...stored] }));
    const prerequisites = [...stored, ...others];
    // Created before argocd-server, which would otherwise create an unrestricted project of this name.
    const project = new KubernetesObject(objects.defaultProject, { parent: this, dependsOn, protect });
    this.workloads = objects.workloads.map(
      (object) => new KubernetesObject(object, { parent: this, dependsOn: [...prerequisites, project] }),
    );
    const exposed = [
      ...(args.webhookExposure ? webhookExposure(args.webhookExposure, args.parameters) : []),
      ...(args.address ? addressObjects(args.address, args.parameters) : []),
    ];
    for (const object of [...exposed, ...objects.monitoring]) {
      new KubernetesObject(object, { parent: this, dependsOn: [...prerequisites] });
    }
    this.registerOutputs();
  }
}

type SecretValues = Readonly<Record<string, Readonly<Record<string, pulumi.Output<string>>>>>;

/** The values that the program writes into Argo CD's Secrets, by the Secret's name. */
function secretValues(args: ArgocdArgs): SecretValues {
  const { webhookSecret, notifications, slack, deployments, receiverSecrets } = args;
  const tokens = {
    ...(notifications?.token && { [TOKEN_KEY]: notifications.token }),
    ...(slack && { [SLACK_TOKEN_KEY]: slack.token }),
    ...(deployments && { [APP_KEY]: deployments.privateKey }),
    ...(receiverSecrets && tokensOf(receiverSecrets)),
  };
  return {
    "argocd-secret": { ...webhookSecrets(webhookSecret), ...signOnSecrets(args.signOn, args.ssoClientSecret) },
    ...(Object.keys(tokens).length > 0 && { "argocd-notifications-secret": tokens }),
  };
}

function tokensOf({ microsoftTeamsUrls, pagerDutyKeys, smtpPassword }: ReceiverSecrets) {
  const named = (secrets: ReceiverSecrets["pagerDutyKeys"], keyOf: (name: string) => string) =>
    Object.entries(secrets).map(([name, value]) => [keyOf(name), value] as const);
  return {
    ...Object.fromEntries([...named(microsoftTeamsUrls, workflowKey), ...named(pagerDutyKeys, pagerDutyKey)]),
    ...(smtpPassword && { [SMTP_PASSWORD_KEY]: smtpPassword }),
  };
}

function withSecret(object: Manifest, secrets: SecretValues): Manifest {
  const values = secrets[object.metadata?.name ?? ""];
  return values ? ({ ...object, data: secretData(values) } as Manifest) : object;
}
