import { z } from "zod";
import { BREAK_GLASS_GROUP, GUARD_MODES, type Environment, type GuardMode } from "./environment";
import { show, type Problem } from "./problems";
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

/** What a cluster says about itself and about the user who asks. */
export interface ClusterFacts {
  /** Whether it serves ValidatingAdmissionPolicy as admissionregistration.k8s.io/v1. */
  readonly servesPolicies: boolean;
  /** Its version, such as `v1.30.1`. */
  readonly version: string;
  /** Who the API server takes the kubeconfig's user for. */
  readonly user: string;
  readonly groups: readonly string[];
  /** Why it refuses this user a change of Argo CD's namespace. Unset: it does not, or Argo CD is not installed. */
  readonly refusal?: string;
}

/**
 * Asks the cluster of a context. Undefined where it cannot be asked: a proxy is in between, or it does not answer this
 * user.
 */
export type AskCluster = (kubeconfig: string, context: string) => Promise<ClusterFacts | undefined>;

/**
 * What keeps the guard from working on this cluster. Without this check it would show in the middle of an `up`, or in
 * the next one, which the guard would then refuse.
 */
export function checkGuardedCluster(
  { servesPolicies, version, user, groups, refusal }: ClusterFacts,
  { guard }: Pick<Environment, "guard">,
  { platform, breakGlass }: GuardExemptions,
): Problem[] {
  if (refusal !== undefined) return [refusedNow(user, groups, refusal)];
  if (guard === "off") return [];
  if (!servesPolicies) return [withoutPolicies(guard, version)];
  const isPlatform = platform.some((each) => ("user" in each ? each.user === user : groups.includes(each.group)));
  if (guard === "warn" || isPlatform || groups.includes(breakGlass)) return [];
  return [
    {
      key: "guard.platform",
      got: show(platform.map((each) => ("user" in each ? each.user : each.group))),
      expected: `a user or group of this kubeconfig's user, who is ${show(user)} in ${groups.join(", ") || "no group"}`,
      fix: "Add it: the guard would refuse the next pulumi up.",
    },
  ];
}

/** The guard of the last `up` stands until this one has changed it, and other objects may come first. */
function refusedNow(user: string, groups: readonly string[], refusal: string): Problem {
  return {
    key: "guard.platform",
    got: `this kubeconfig's user, who is ${show(user)} in ${groups.join(", ") || "no group"}: ${refusal}`,
    expected: "a user whom the guard lets change the platform's objects as it is in the cluster now",
    fix: "Let somebody whom the last applied guard.platform names, or the break-glass group, run this pulumi up.",
  };
}

function withoutPolicies(guard: GuardMode, version: string): Problem {
  return {
    key: "guard.mode",
    got: `${show(guard)} on a cluster of Kubernetes ${version}`,
    expected:
      "a cluster that serves ValidatingAdmissionPolicy (admissionregistration.k8s.io/v1), as Kubernetes 1.30 does",
    fix:
      'Upgrade it, or set guard.mode to "off". Then nothing is refused: Argo CD reverts edits of fields that Git declares, ' +
      "and all other fields, new objects and the platform's own objects can be changed.",
  };
}
