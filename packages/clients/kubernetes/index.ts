export { connectionFromFile, connectionFromContent } from "./connection";
export { KubernetesClient } from "./client";
export type { ServedKind } from "./discovery";
export { ApiError, UnreachableError } from "./errors";
export { describeRef, type KubernetesObject, type ObjectMeta, type ObjectRef, refOf } from "./object";
export type { WatchEvent } from "./watch";
