export { type ApplyOptions, type DeleteOptions, KubernetesClient, type ListOptions } from "./client";
export { ApiError, UnreachableError } from "./errors";
export { describeRef, type KubernetesObject, type ObjectMeta, type ObjectRef, refOf } from "./object";
export type { WatchEvent } from "./watch";
