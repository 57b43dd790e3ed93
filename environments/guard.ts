import { z } from "zod";
import { BREAK_GLASS_GROUP, GUARD_MODES } from "./environment";
import { choice, keysError, nonEmptyString, schemaError } from "./schema-parts";

/** A user or a group, as the API server identifies them. */
export type Identity = { readonly user: string } | { readonly group: string };

/** The identities that the guard exempts, in addition to Argo CD and the cluster's own controllers. */
export interface GuardExemptions {
  /** Controllers, such as KEDA's, that may change objects that Argo CD delivers. Default: none. */
  readonly controllers: readonly Identity[];
  /**
   * The users and groups that run `pulumi up`. They may change the platform's own objects, but nothing that Argo CD
   * delivers. Default: `system:masters`, whose members could remove the guard anyway.
   */
  readonly platform: readonly Identity[];
  /** The group that may change everything in an emergency. The audit log marks each such request. */
  readonly breakGlass: string;
}

const SERVICE_ACCOUNT = /^system:serviceaccount:[a-z0-9]([-a-z0-9]*[a-z0-9])?:[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/;
const SERVICE_ACCOUNTS_OF = /^system:serviceaccounts:[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
/** The groups and users to which all requests, or all requests of one kind, belong. */
const EVERYBODY = ["system:authenticated", "system:unauthenticated", "system:anonymous", "system:serviceaccounts"];

const userError = schemaError(
  "a valid user name",
  "The whole name is compared, without wildcards. A service account is system:serviceaccount:<namespace>:<name>.",
);
const groupError = schemaError(
  "a valid group name",
  "The whole name is compared, without wildcards. The service accounts of a namespace are " +
    "system:serviceaccounts:<namespace>.",
);
const everybodyError = schemaError(
  "a user or group that does not include everybody",
  "Name the users or groups that need it, or set guard.mode to off.",
);

const isName = (name: string) => /^[^\s*]([^*]*[^\s*])?$/.test(name);
const isUser = (name: string) =>
  isName(name) && (name.startsWith("system:serviceaccount") ? SERVICE_ACCOUNT.test(name) : true);
const isGroup = (name: string) =>
  isName(name) && (name.startsWith("system:serviceaccount") ? SERVICE_ACCOUNTS_OF.test(name) : true);

const notEverybody = (name: string) => !EVERYBODY.includes(name);
// The more specific message comes first, and suppresses the other one.
const user = z
  .string(userError)
  .refine(notEverybody, { ...everybodyError, abort: true })
  .refine(isUser, userError);
const group = z
  .string(groupError)
  .refine(notEverybody, { ...everybodyError, abort: true })
  .refine(isGroup, groupError);

const identityError = schemaError(
  "a map with exactly one of the keys user and group",
  "Write it as one key: value line below this key.",
);
const identities = (who: string) =>
  z.array(
    z
      .strictObject({ user: user.optional(), group: group.optional() }, identityError)
      .refine((identity) => (identity.user === undefined) !== (identity.group === undefined), identityError),
    schemaError(`a list of ${who}`, "Write it as lines of - user: <name> or - group: <name>."),
  );

/** The key `guard` of a stack's configuration. */
export const guardSchema = z.strictObject(
  {
    mode: choice(
      GUARD_MODES,
      "deny refuses edits that bypass Git; warn permits them with a warning; off, in quotes, permits them.",
    ).optional(),
    controllers: identities("controllers that may change what Argo CD delivers").optional(),
    platform: identities("users and groups that run pulumi up")
      .min(
        1,
        schemaError(
          "at least one user or group",
          "Name the users or groups that run pulumi up, or remove it for system:masters.",
        ),
      )
      .optional(),
    breakGlass: nonEmptyString("the name of a group", `Remove it for ${BREAK_GLASS_GROUP}.`).pipe(group).optional(),
  },
  keysError("mode, controllers, platform, breakGlass"),
);

type GuardConfiguration = z.infer<typeof guardSchema>;

/** The guard's exemptions, with defaults for everything that is not configured. */
export function guardExemptions(configured: GuardConfiguration = {}): GuardExemptions {
  return {
    controllers: (configured.controllers ?? []).flatMap(identityOf),
    platform: configured.platform?.flatMap(identityOf) ?? [{ group: "system:masters" }],
    breakGlass: configured.breakGlass ?? BREAK_GLASS_GROUP,
  };
}

function identityOf({ user, group }: { user?: string | undefined; group?: string | undefined }): Identity[] {
  if (user !== undefined) return [{ user }];
  return group === undefined ? [] : [{ group }];
}
