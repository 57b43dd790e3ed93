import type { z } from "zod";

/** One setting of a stack: everything that is known about it, in one place. */
export interface Setting {
  /** What a value must be. `values.ts` has the parts. */
  readonly schema: z.ZodType;
  /** One or two sentences for docs/settings.md. The first is also in Pulumi.yaml. */
  readonly doc: string;
  /** The value without this setting, as a phrase. Unset: there is none. */
  readonly default?: string;
  /** A value as YAML; for a secret, the command that sets it. */
  readonly example: unknown;
  /** Whether the value is encrypted in the stack's file, and hidden in messages. */
  readonly secret?: true;
  /** Whether only the stack that owns the repository may set it. */
  readonly owningStackOnly?: true;
  /** Whether it is a map with the names of environments as keys. */
  readonly byEnvironment?: true;
  /** Unset: it is optional everywhere. */
  readonly required?: Requirement;
}

/** When a setting is required, and the problem if it is missing. */
export type Requirement =
  /** `unless` is a key that replaces it. */
  | { readonly by: "every stack"; readonly unless?: string; readonly fix: string }
  | { readonly by: "owning stack"; readonly expected: string; readonly fix: string }
  /** A stack that sets one of these keys; in maps by environment, each environment by itself. */
  | { readonly by: readonly string[]; readonly expected: string; readonly fix: string };

/** Settings by key. Those with a common first part, such as `argocd.url` and `argocd.slack`, form one map. */
export type SettingTable = Readonly<Record<string, Setting>>;

/** Declares the settings of one area. It returns them unchanged, and keeps their types. */
export function area<const Table extends SettingTable>(table: Table): Table {
  return table;
}

/** A configuration by a table, before defaults. A key is absent if it is not set, or if its value is invalid. */
export type ConfigurationOf<Table extends SettingTable> = {
  readonly [Key in keyof Table as Key extends `${string}.${string}` ? never : Key]?: z.infer<Table[Key]["schema"]>;
} & {
  readonly [Name in MapName<keyof Table>]?: MapOf<Table, Name>;
};

type MapName<Key> = Key extends `${infer Name}.${string}` ? Name : never;

type MapOf<Table extends SettingTable, Name extends string> = {
  readonly [Key in keyof Table as RequiredIn<Table, Key, Name>]: z.infer<Table[Key]["schema"]>;
} & {
  readonly [Key in keyof Table as OptionalIn<Table, Key, Name>]?: z.infer<Table[Key]["schema"]>;
};

type RequiredIn<Table, Key extends keyof Table, Name extends string> = Table[Key] extends EveryStack
  ? KeyIn<Key, Name>
  : never;
type OptionalIn<Table, Key extends keyof Table, Name extends string> = Table[Key] extends EveryStack
  ? never
  : KeyIn<Key, Name>;
type KeyIn<Key, Name extends string> = Key extends `${Name}.${infer Rest}` ? Rest : never;

interface EveryStack {
  readonly required: { readonly by: "every stack" };
}
