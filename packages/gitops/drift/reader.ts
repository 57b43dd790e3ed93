import type { KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { groupOf } from "@gitops-platform/clients/kubernetes/object";
import { ARGOCD_NAMESPACE } from "@gitops-platform/components/argocd/installation";
import { SERVICE_LABEL } from "@gitops-platform/components/labels";
import { findEnvironment } from "@gitops-platform/environments/environments";
import type { Environment } from "@gitops-platform/environments/environment";
import { Failure } from "@gitops-platform/contract/failure";
import { ClusterObjects, type DriftClient } from "./cluster-objects";
import { type Declares, type Delivered, deliveredBy } from "./declared";
import type { DriftReading, Finding, Unread } from "./finding";
import { appliedFields, foreignFields, foreignFieldsByRecord } from "./foreign-fields";
import { autoscalerOf } from "./known-fields";
import { identity, nameOf } from "./paths";
import { argocdFields, platformFields, platformObjects, skippedReconciles } from "./platform";
import { undeclaredObjects } from "./undeclared";
import { Undoing } from "./undo";

/** An Application with the states of Git that its cluster may have; null: they cannot be read. */
interface Expected extends Delivered {
  readonly states: readonly (readonly KubernetesObject[])[] | null;
}

/** Searches one cluster for undeclared changes. */
export class DriftReader {
  private readonly objects: ClusterObjects;

  constructor(
    private readonly client: DriftClient,
    private readonly environment: string,
    private readonly declares: Declares,
  ) {
    this.objects = new ClusterObjects(client);
  }

  /**
   * Searches once. A finding may be part of a change that is being applied; {@link foundTwice} confirms it.
   * @throws if the cluster cannot be reached, or the credentials may not read its Applications.
   */
  async read(): Promise<DriftReading> {
    const listed = await this.client.list("argoproj.io/v1alpha1", "Application", { namespace: ARGOCD_NAMESPACE });
    const unread: Unread[] = [];
    const expected = await Promise.all(
      deliveredBy(listed, this.environment).map((delivered) => this.expect(delivered, unread)),
    );
    const namespaces = [...new Set(expected.map(({ namespace }) => namespace))];
    const found = await this.objects.inNamespaces([...namespaces, ARGOCD_NAMESPACE]);
    unread.push(...found.unread);
    const byNamespace = Map.groupBy(found.objects, ({ metadata }) => metadata.namespace ?? "");
    const services = new Map<string, Finding[]>(expected.map(({ service }) => [service, []]));
    for (const namespace of namespaces) {
      const here = expected.filter((each) => each.namespace === namespace);
      const { own, shared } = await this.readNamespace(namespace, here, byNamespace.get(namespace) ?? [], unread);
      for (const { service } of here) services.get(service)?.push(...(own.get(service) ?? []), ...shared);
    }
    const platform: Finding[] = [];
    for (const { object, findings } of argocdFields(byNamespace.get(ARGOCD_NAMESPACE) ?? [], this.undoing)) {
      (services.get(this.serviceOf(object) ?? "") ?? platform).push(...findings);
    }
    for (const { service, application } of expected)
      services.get(service)?.push(...skippedReconciles(application, this.undoing));
    this.objects.forgetUnused();
    return { services, platform, unread: distinct(unread) };
  }

  private async expect(delivered: Delivered, unread: Unread[]): Promise<Expected> {
    const file = { environment: this.environment, service: delivered.service };
    const states: (readonly KubernetesObject[])[] = [];
    let reason = "Argo CD has compared it with no commit yet";
    for (const commit of delivered.commits) {
      const declaration = await this.declares(file, commit);
      if ("objects" in declaration)
        states.push(declaration.objects.map((object) => inNamespace(object, delivered.namespace)));
      else reason = declaration.reason;
    }
    if (states.length > 0) return { ...delivered, states };
    unread.push({ what: `what Git declares for ${delivered.service}`, reason });
    return { ...delivered, states: null };
  }

  /** The findings in a namespace: by service, and those that concern all of its services. */
  private async readNamespace(
    namespace: string,
    expected: readonly Expected[],
    objects: readonly KubernetesObject[],
    unread: Unread[],
  ): Promise<{ own: Map<string, Finding[]>; shared: Finding[] }> {
    const owners = new Map(expected.flatMap((each) => declaredNames(each).map((name) => [name, each] as const)));
    const tracked = objects.filter((object) => owners.has(identity(nameOf(object))));
    // Secrets are not read. Their metadata shows who wrote which field.
    const readable = tracked.filter(({ apiVersion, kind }) => !(groupOf(apiVersion) === "" && kind === "Secret"));
    const { whole, unread: more } = await this.objects.wholeOf(readable);
    unread.push(...more);
    const wholeById = new Map(whole.map((object) => [identity(nameOf(object)), object]));
    const autoscalers = whole
      .filter(({ apiVersion, kind }) => groupOf(apiVersion) === "autoscaling" && kind === "HorizontalPodAutoscaler")
      .flatMap(autoscalerOf);
    const own = new Map<string, Finding[]>();
    for (const object of tracked) {
      const id = identity(nameOf(object));
      const owner = owners.get(id);
      if (owner === undefined) continue;
      const live = wholeById.get(id);
      const surroundings = { application: owner.service, autoscalers, undoing: this.undoing };
      const findings = live
        ? foreignFields(live, declarationsOf(live, owner), surroundings)
        : foreignFieldsByRecord(object, this.undoing);
      own.set(owner.service, [...(own.get(owner.service) ?? []), ...findings]);
    }
    const platform = await this.readPlatform(namespace, expected, objects, unread);
    const declared = new Set([...owners.keys(), ...expected.flatMap(({ pruned }) => [...pruned])]);
    const undeclared = undeclaredObjects({ objects, declared, platform: platform.names, whole, undoing: this.undoing });
    return { own, shared: [...undeclared, ...platform.findings] };
  }

  /** The platform's own objects in a namespace, and what was changed of them. */
  private async readPlatform(
    name: string,
    delivered: readonly Delivered[],
    objects: readonly KubernetesObject[],
    unread: Unread[],
  ) {
    const [service = ""] = delivered.map((each) => each.service);
    const expectedOf = (owner: string) => platformObjects(name, owner, this.policy);
    const expected = expectedOf(service);
    const names = new Set(expected.map((object) => identity(nameOf(object))));
    const listed = new Map(objects.map((object) => [identity(nameOf(object)), object]));
    const wanted = expected.map((object) => listed.get(identity(nameOf(object))) ?? object);
    const { whole, unread: more } = await this.objects.wholeOf(wanted);
    unread.push(...more);
    // The label says which of the services owns the namespace.
    const label = whole.find(({ kind }) => kind === "Namespace")?.metadata.labels?.[SERVICE_LABEL];
    const made = expectedOf(delivered.find((each) => each.service === label)?.service ?? service);
    const findings = whole.flatMap((object) => {
      const id = identity(nameOf(object));
      const own = made.find((each) => identity(nameOf(each)) === id);
      return platformFields(object, this.undoing, own);
    });
    return { names, findings };
  }

  private get policy(): Environment {
    const environment = findEnvironment(this.environment);
    if (environment !== undefined) return environment;
    throw new Failure(`environment: got ${this.environment}; expected one of the catalogue.`);
  }

  private get undoing(): Undoing {
    return new Undoing(this.policy);
  }

  /** The service that an Application or AppProject belongs to. */
  private serviceOf({ apiVersion, kind, metadata: { name } }: KubernetesObject): string | undefined {
    if (groupOf(apiVersion) !== "argoproj.io") return undefined;
    const prefix = `${this.environment}-`;
    if (kind === "AppProject") return name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
    return kind === "Application" ? name : undefined;
  }
}

/** The identities of an Application's objects: from Git, or from Argo CD if Git could not be read. */
function declaredNames({ states, resources, pruned }: Expected): string[] {
  if (states === null) return resources.map(identity).filter((name) => !pruned.has(name));
  return [...new Set(states.flat().map((object) => identity(nameOf(object))))];
}

function declarationsOf(live: KubernetesObject, { states }: Expected): object[] {
  if (states === null) return [appliedFields(live)];
  const id = identity(nameOf(live));
  return states.flatMap((state) => state.filter((object) => identity(nameOf(object)) === id));
}

/** Argo CD applies an object without a namespace in the Application's namespace. */
function inNamespace(object: KubernetesObject, namespace: string): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, namespace: object.metadata.namespace ?? namespace } };
}

function distinct(unread: readonly Unread[]): Unread[] {
  return [...new Map(unread.map((each) => [`${each.what} ${each.reason}`, each])).values()];
}
