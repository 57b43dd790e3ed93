import { z } from "zod";
import { BREAK_GLASS_GROUP, GUARD_MODES } from "./environment";
import { choice, keys, rule, text } from "./schema-parts";

/** Somebody as the API server knows them: one user, or everybody in a group. */
export type Identity = { readonly user: string } | { readonly group: string };

/** Whom the guard lets past, besides Argo CD and the cluster's own controllers. */
export interface GuardExemptions {
  /** Controllers that may change what Argo CD delivers, such as KEDA's. Default: none. */
  readonly controllers: readonly Identity[];
  /**
   * Who runs `pulumi up`: they may change the platform's own objects, and nothing that Argo CD delivers. Default:
   * `system:masters`, because those administrators could remove the guard anyway.
   */
  readonly platform: readonly Identity[];
  /** The group that may change everything in an emergency. Each such request is marked in the audit log. */
  readonly breakGlass: string;
}

const SERVICE_ACCOUNT = /^system:serviceaccount:[a-z0-9]([-a-z0-9]*[a-z0-9])?:[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/;
const SERVICE_ACCOUNTS_OF = /^system:serviceaccounts:[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
/** Groups and users that every request, or every request of a kind, belongs to. */
const EVERYBODY = ["system:authenticated", "system:unauthenticated", "system:anonymous", "system:serviceaccounts"];

const userRule = rule(
  "a user name that the API server can know",
  "It is compared as a whole, without wildcards. A service account's is system:serviceaccount:<namespace>:<name>.",
);
const groupRule = rule(
  "a group name that the API server can know",
  "It is compared as a whole, without wildcards. All service accounts of a namespace are system:serviceaccounts:<namespace>.",
);
const everybodyRule = rule(
  "a user or group that not everybody belongs to",
  "Name who needs it, or set guard.mode to off.",
);

const isName = (name: string) => /^[^\s*]([^*]*[^\s*])?$/.test(name);
const isUser = (name: string) =>
  isName(name) && (name.startsWith("system:serviceaccount") ? SERVICE_ACCOUNT.test(name) : true);
const isGroup = (name: string) =>
  isName(name) && (name.startsWith("system:serviceaccount") ? SERVICE_ACCOUNTS_OF.test(name) : true);

const notEverybody = (name: string) => !EVERYBODY.includes(name);
// The more telling message comes first, and alone.
const user = z
  .string(userRule)
  .refine(notEverybody, { ...everybodyRule, abort: true })
  .refine(isUser, userRule);
const group = z
  .string(groupRule)
  .refine(notEverybody, { ...everybodyRule, abort: true })
  .refine(isGroup, groupRule);

const identityRule = keys("user or group, one of them");
const identities = (who: string) =>
  z.array(
    z
      .strictObject({ user: user.optional(), group: group.optional() }, identityRule)
      .refine((identity) => (identity.user === undefined) !== (identity.group === undefined), identityRule),
    rule(`a list of ${who}`, "Write it as lines of - user: <name> or - group: <name>."),
  );

/** The key `guard` of a stack's configuration. */
export const guardSchema = z.strictObject(
  {
    mode: choice(
      GUARD_MODES,
      "deny refuses edits past Git; warn lets them in with a warning; off, in quotes, lets them in.",
    ).optional(),
    controllers: identities("controllers that may change what Argo CD delivers").optional(),
    platform: identities("users and groups that run pulumi up")
      .min(1, rule("at least one user or group", "Name who runs pulumi up, or remove it for system:masters."))
      .optional(),
    breakGlass: text("the name of a group", `Remove it for ${BREAK_GLASS_GROUP}.`).pipe(group).optional(),
  },
  keys("mode, controllers, platform, breakGlass"),
);

type GuardConfiguration = z.infer<typeof guardSchema>;

/** Whom the guard lets past, with the defaults of what is not configured. */
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
