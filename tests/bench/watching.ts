import type { KubernetesClient, KubernetesObject, ObjectRef } from "../../clients/kubernetes";

/** A Deployment, as far as it is looked at. */
export interface Deployment extends KubernetesObject {
  spec: { revisionHistoryLimit: number; template: { spec: { containers: { image: string }[] } } };
}

/** Follows an object from now on. */
export interface Watching {
  /** The time at which it first meets a condition, by `performance.now()`. */
  when: (condition: (object: Deployment) => boolean) => Promise<number>;
  stop: () => void;
}

/** Watches a Deployment: no poll between what happens and its time. */
export async function follow(
  client: KubernetesClient,
  { apiVersion, kind, namespace = "default", name }: ObjectRef,
): Promise<Watching> {
  const end = new AbortController();
  const conditions = new Set<(object: Deployment) => boolean>();
  const events = client.watch(apiVersion, kind, { namespace, name, signal: end.signal });
  await events.next();
  void (async () => {
    for await (const { object } of events) {
      for (const condition of conditions) if (condition(object as Deployment)) conditions.delete(condition);
    }
  })();
  return {
    when: (condition) =>
      new Promise((resolve) => {
        conditions.add((object) => {
          if (!condition(object)) return false;
          resolve(performance.now());
          return true;
        });
      }),
    stop: () => {
      end.abort();
    },
  };
}

/** Whether its container runs this tag. */
export function runs(tag: string): (object: Deployment) => boolean {
  return ({ spec }) => spec.template.spec.containers[0]?.image.endsWith(`:${tag}`) === true;
}
