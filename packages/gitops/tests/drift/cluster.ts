import assert from "node:assert/strict";
import { KubernetesClient, type KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { findEnvironment } from "@gitops-platform/environments/environments";
import type { Declaration } from "../../drift/declared";
import { platformObjects } from "../../drift/platform";
import { DriftReader } from "../../drift/reader";
import { type DriftReading, readTwice } from "../../drift/finding";
import { FakeKubernetes } from "@gitops-platform/test-support/fake-kubernetes";
import { find, observed } from "./support";

/** The commit that the cluster's Argo CD compared. */
export const COMMIT = "c0".repeat(20);
const DELIVERED = ["Deployment", "HorizontalPodAutoscaler"];

/** A cluster with one service, of the kinds that the stand-in serves. */
export class Cluster {
  readonly fake = new FakeKubernetes();
  declared: Declaration = { objects: observed().declared.filter(({ kind }) => DELIVERED.includes(kind)) };
  readonly asked: string[] = [];

  async start(): Promise<this> {
    await this.fake.start();
    const kinds: [group: string, plural: string, kind: string][] = [
      ["argoproj.io", "applications", "Application"],
      ["argoproj.io", "appprojects", "AppProject"],
      ["autoscaling", "horizontalpodautoscalers", "HorizontalPodAutoscaler"],
      ["networking.k8s.io", "networkpolicies", "NetworkPolicy"],
    ];
    for (const each of kinds) this.establish(...each);
    for (const object of this.platform) this.fake.seed(object);
    for (const kind of DELIVERED) this.fake.seed(find(observed().clean, kind));
    this.fake.seed({
      ...{ apiVersion: "argoproj.io/v1alpha1", kind: "Application" },
      metadata: { name: "api", namespace: "argocd", labels: { "gitops-platform/environment": "prod" } },
      spec: {
        project: "prod-api",
        destination: { namespace: "api" },
        source: { targetRevision: "refs/heads/env/prod" },
      },
      status: {
        sync: { revision: COMMIT },
        resources: [
          { group: "apps", version: "v1", kind: "Deployment", namespace: "api", name: "api" },
          { group: "autoscaling", version: "v2", kind: "HorizontalPodAutoscaler", namespace: "api", name: "api" },
        ],
      },
    });
    return this;
  }

  /** Lets the stand-in serve another kind. */
  establish(group: string, plural: string, kind: string): void {
    const version = { "argoproj.io": "v1alpha1", autoscaling: "v2" }[group] ?? "v1";
    const spec = { group, scope: "Namespaced", versions: [{ name: version }], names: { plural, kind } };
    this.fake.establish({ apiVersion: "apiextensions.k8s.io/v1", kind, metadata: { name: kind }, spec });
  }

  /** The platform's objects in the namespace. The stand-in serves no quotas and limits. */
  get platform(): KubernetesObject[] {
    const environment = findEnvironment("prod");
    assert.ok(environment);
    return platformObjects("api", "api", environment).filter(
      ({ kind }) => !["ResourceQuota", "LimitRange"].includes(kind),
    );
  }

  get reader(): DriftReader {
    const declares = (file: { service: string }, commit: string) => {
      this.asked.push(`${file.service} ${commit}`);
      return Promise.resolve(this.declared);
    };
    return new DriftReader(KubernetesClient.fromKubeconfig(this.fake.kubeconfig), "prod", declares);
  }

  async look(): Promise<DriftReading> {
    return readTwice(this.reader, () => Promise.resolve());
  }

  set(object: KubernetesObject, ...managedFields: object[]): void {
    this.fake.seed({ ...object, metadata: { ...object.metadata, managedFields } });
  }
}
