import { z } from "zod";
import { BREAK_GLASS_GROUP, GUARD_MODES } from "../environment";
import { area, type ConfigurationOf } from "./setting";
import { check, choice, list, rules, text } from "./values";

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

const userRule = {
  expected: "a valid user name",
  fix: "The whole name is compared, without wildcards. A service account is system:serviceaccount:<namespace>:<name>.",
};
const groupRule = {
  expected: "a valid group name",
  fix:
    "The whole name is compared, without wildcards. The service accounts of a namespace are " +
    "system:serviceaccounts:<namespace>.",
};
// The more specific rule comes first, and its failure suppresses the other one.
const notEverybody = {
  ...check({
    expected: "a user or group that does not include everybody",
    fix: "Name the users or groups that need it, or set guard.mode to off.",
  }),
  abort: true,
};

const isEverybody = (name: string) => EVERYBODY.includes(name);
const isName = (name: string) => /^[^\s*]([^*]*[^\s*])?$/.test(name);
const isUser = (name: string) =>
  isName(name) && (name.startsWith("system:serviceaccount") ? SERVICE_ACCOUNT.test(name) : true);
const isGroup = (name: string) =>
  isName(name) && (name.startsWith("system:serviceaccount") ? SERVICE_ACCOUNTS_OF.test(name) : true);

const user = text(userRule)
  .refine((name) => !isEverybody(name), notEverybody)
  .refine(isUser);
const group = text(groupRule)
  .refine((name) => !isEverybody(name), notEverybody)
  .refine(isGroup);

const identity = z
  .strictObject({ user: user.optional(), group: group.optional() })
  .refine((each) => (each.user === undefined) !== (each.group === undefined))
  .register(rules, {
    expected: "a map with exactly one of the keys user and group",
    fix: "Write it as one key: value line below this key.",
  });
const identities = (who: string) =>
  list({ expected: `a list of ${who}`, fix: "Write it as lines of - user: <name> or - group: <name>." }, identity);

/** What the API server does with edits that bypass Git, and whom it exempts. */
export const guardArea = area({
  "guard.mode": {
    schema: choice(
      GUARD_MODES,
      "deny refuses edits that bypass Git; warn permits them with a warning; off, in quotes, permits them.",
    ),
    doc:
      "What the API server does with an edit that bypasses Git: `deny` refuses it, `warn` permits it with a warning, " +
      '`"off"` (in quotes) installs no guard.',
    default: "the environment's, in `environments/<environment>.ts`",
    example: "deny",
  },
  "guard.controllers": {
    schema: identities("controllers that may change what Argo CD delivers"),
    doc: "The users and groups of controllers, such as KEDA's, that may change what Argo CD delivers.",
    default: "none",
    example: [{ user: "system:serviceaccount:keda:keda-operator" }],
  },
  "guard.platform": {
    schema: identities("users and groups that run pulumi up").refine(
      (list) => list.length > 0,
      check({
        expected: "at least one user or group",
        fix: "Name the users or groups that run pulumi up, or remove it for system:masters.",
      }),
    ),
    doc:
      "The users and groups that run `pulumi up`. They may change the platform's own objects (namespaces, quotas, " +
      "projects and Argo CD), but nothing that Argo CD delivers.",
    default: "the group `system:masters`",
    example: [{ group: "platform-administrators" }],
  },
  "guard.breakGlass": {
    schema: text({ expected: "the name of a group", fix: `Remove it for ${BREAK_GLASS_GROUP}.` })
      .refine((name) => name !== "", { abort: true })
      .refine((name) => !isEverybody(name), notEverybody)
      .refine(isGroup, check(groupRule)),
    doc: "The group that may change everything in an emergency. The audit log marks each of its requests.",
    default: `the group \`${BREAK_GLASS_GROUP}\``,
    example: "oidc:on-call",
  },
});

/** The guard's exemptions, with defaults for everything that is not configured. */
export function guardExemptions(configured: ConfigurationOf<typeof guardArea>["guard"] = {}): GuardExemptions {
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
