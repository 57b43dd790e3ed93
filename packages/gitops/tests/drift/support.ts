import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { KubernetesObject } from "@gitops-platform/clients/kubernetes";
import type { Surroundings } from "../../drift/known-fields";
import { autoscalerOf } from "../../drift/known-fields";
import { Undoing } from "../../drift/undo";

/**
 * Objects from a real API server of Kubernetes 1.37 with its controllers, before and after a person's edits with
 * kubectl.
 */
export interface Observed {
  /** The objects that the service chart renders from production's values. */
  readonly declared: readonly KubernetesObject[];
  /** The namespace after only Argo CD's field manager applied them, with one of its pods. */
  readonly clean: readonly KubernetesObject[];
  /** After `set env`, patched-in command and tolerations, labels, and `create` of a Deployment and a ConfigMap. */
  readonly edited: readonly KubernetesObject[];
  /**
   * After edits with `--field-manager` of Argo CD and of a controller; the managed fields of the Service were cleared.
   */
  readonly forged: readonly KubernetesObject[];
  /** A pod after `kubectl debug`. */
  readonly debugged: KubernetesObject;
}

/** Read again for each test, because a test may change the objects. */
export function observed(): Observed {
  return JSON.parse(readFileSync(join(__dirname, "observed.json"), "utf8")) as Observed;
}

/** The object of a kind; the one called `name` if there are several. */
export function find(objects: readonly KubernetesObject[], kind: string, name = "api"): KubernetesObject {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (!found) throw new Error(`${kind} ${name}: is not among the objects`);
  return found;
}

/** Commands for an environment whose guard is off. */
export const undoing = new Undoing({ name: "dev", guard: "off" });

/** The surroundings with which a declared object of the service api is compared. */
export function surroundings({ declared }: Observed): Surroundings {
  return { application: "api", autoscalers: autoscalerOf(find(declared, "HorizontalPodAutoscaler")), undoing };
}
