export { type Connection, connectionFromFile, connectionFromContent } from "./connection";
export {
  type ApplyOptions,
  type DeleteOptions,
  KubernetesClient,
  type ListOptions,
  type UserInfo,
  type WatchOptions,
} from "./client";
export type { ServedKind, ServedKinds } from "./discovery";
export { ApiError, UnreachableError } from "./errors";
export { describeRef, type KubernetesObject, type ObjectMeta, type ObjectRef, refOf } from "./object";
export type { WatchEvent } from "./watch";
