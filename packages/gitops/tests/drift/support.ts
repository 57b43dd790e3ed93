import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { KubernetesObject } from "@gitops-platform/clients/kubernetes";
import type { Surroundings } from "../../drift/known-fields";
import { autoscalerOf } from "../../drift/known-fields";
import { Undoing } from "../../drift/undo";

/**
 * Objects as a real API server of Kubernetes 1.37 gave them, with its controllers running, before and after what a
 * person did with kubectl.
 */
export interface Observed {
  /** What the service chart makes of production's values. */
  readonly declared: readonly KubernetesObject[];
  /** The namespace after Argo CD's manager applied that, and nobody did anything else. One of its pods. */
  readonly clean: readonly KubernetesObject[];
  /** After `set env`, patched-in command and tolerations, labels, and `create` of a Deployment and a ConfigMap. */
  readonly edited: readonly KubernetesObject[];
  /**
   * After edits with `--field-manager` of Argo CD and of a controller; of the Service the record of owners was cleared.
   */
  readonly forged: readonly KubernetesObject[];
  /** A pod after `kubectl debug`. */
  readonly debugged: KubernetesObject;
}

/** Read again for each test, which may change it. */
export function observed(): Observed {
  return JSON.parse(readFileSync(join(__dirname, "observed.json"), "utf8")) as Observed;
}

/** The object of a kind, of the service where there are several. */
export function find(objects: readonly KubernetesObject[], kind: string, name = "api"): KubernetesObject {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (!found) throw new Error(`${kind} ${name}: is not among the objects`);
  return found;
}

/** Commands for an environment whose guard lets everything in. */
export const undoing = new Undoing({ name: "dev", guard: "off" });

/** What a declared object of the service api is compared with. */
export function surroundings({ declared }: Observed): Surroundings {
  return { application: "api", autoscalers: autoscalerOf(find(declared, "HorizontalPodAutoscaler")), undoing };
}
