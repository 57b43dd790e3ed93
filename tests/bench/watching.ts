import { setTimeout as sleep } from "node:timers/promises";
import { KubernetesClient, type KubernetesObject, type ObjectRef } from "@gitops-platform/clients/kubernetes";
import { paths } from "./sandbox";

/** A Deployment, as far as it is looked at. */
export interface Deployment extends KubernetesObject {
  spec: { revisionHistoryLimit: number; template: { spec: { containers: { image: string }[] } } };
}

/** Follows an object from now on. */
export interface Watching {
  /**
   * The time at which it first meets a condition, by `performance.now()`. Throws after ten minutes, and where the watch
   * breaks off.
   */
  when: (condition: (object: Deployment) => boolean) => Promise<number>;
}

/** Milliseconds: more than two of the slowest rival's polls. */
const LIMIT = 600_000;

/** Works while a Deployment of dev is watched: no poll between what happens and its time. */
export async function following<T>(
  deployment: ObjectRef,
  work: (watching: Watching, client: KubernetesClient) => Promise<T>,
): Promise<T> {
  const client = KubernetesClient.fromKubeconfig(paths.environments.dev.kubeconfig, "dev");
  const end = new AbortController();
  try {
    return await work(await follow(client, deployment, end.signal), client);
  } finally {
    end.abort();
    client.close();
  }
}

async function follow(
  client: KubernetesClient,
  { apiVersion, kind, namespace = "default", name }: ObjectRef,
  signal: AbortSignal,
): Promise<Watching> {
  const looks = new Set<(object: Deployment) => boolean>();
  let last: Deployment | undefined;
  const events = client.watch(apiVersion, kind, { namespace, name, signal });
  await events.next();
  const watch = (async (): Promise<never> => {
    for await (const { object } of events) {
      last = object as Deployment;
      for (const look of looks) if (look(last)) looks.delete(look);
    }
    throw new Error(`${name}: the watch ended.`);
  })();
  // Told to who waits for something.
  watch.catch(() => undefined);
  return {
    when: (condition) => {
      const reached = Promise.withResolvers<number>();
      const look = (object: Deployment): boolean => {
        const isReached = condition(object);
        if (isReached) reached.resolve(performance.now());
        return isReached;
      };
      if (last === undefined || !look(last)) looks.add(look);
      return Promise.race([reached.promise, watch, tooLong(name)]);
    },
  };
}

async function tooLong(name: string): Promise<never> {
  await sleep(LIMIT, undefined, { ref: false });
  throw new Error(`${name}: not as expected within ${LIMIT / 60_000} min.`);
}

/**
 * Whether its pods are to run this tag. Starting them is the cluster's work, and stands for nothing where KWOK does it.
 */
export function runs(tag: string): (object: Deployment) => boolean {
  return ({ spec }) => spec.template.spec.containers[0]?.image.endsWith(`:${tag}`) === true;
}
