import * as pulumi from "@pulumi/pulumi";
import { HIDDEN, show, type Problem } from "@gitops-platform/contract/problems";
import { parseUrl } from "../url";
import { GROUP_RULE, isGroupName, isReservedGroup } from "../names";
import { type argocdArea, urlOf, type addressArea } from "./argocd";
import { enterpriseUrl, type repositoryArea } from "./repository";
import { area, type ConfigurationOf } from "./setting";
import { check, fixedMap, isConfidential, list, nonEmptyText, secretText, text } from "./values";

// The rules that involve several keys are in checkAccess, so that one report has all problems of a sign-on.

const group = text(
  {
    expected: GROUP_RULE,
    fix: "Write it as in the groups claim; with argocd.dex it is <organisation>:<team>.",
  },
  isGroupName,
).refine(
  (name) => !isReservedGroup(name),
  check({
    expected: "a name that Argo CD does not reserve",
    fix: "admin, role:<name> and proj:<name> are Argo CD's own: rename the group.",
  }),
);
const groups = list({ expected: "a list of groups", fix: "Write it as lines of - <group>." }, group);

const appId = (what: string) => nonEmptyText(`the ID of ${what}`, "Remove it, or register the client first.");

/** The rights of groups in Argo CD, and how people log in. */
export const accessArea = area({
  "argocd.access": {
    schema: fixedMap({
      admin: groups.optional(),
      operator: groups.optional(),
      viewer: groups.optional(),
    }),
    doc:
      "What each group of the identity provider may do in Argo CD: `admin` everything, `operator` view, sync and " +
      "restart, and `viewer` view. A service's declaration names the `groups` that view and refresh it. All others " +
      "may do nothing. [access.md](access.md#roles) has every right.",
    default: "only the account `admin` may do anything",
    example: {
      operator: ["vaarak:on-call"],
      viewer: ["vaarak:developers"],
    },
    required: {
      by: ["argocd.oidc", "argocd.dex"],
      expected: "a group for at least one role",
      fix: "Set it: without a role, everybody who logs in sees nothing.",
    },
  },
  "argocd.oidc": {
    schema: fixedMap({
      name: nonEmptyText("the name on the login button", "Remove it for SSO.").optional(),
      issuer: text({ expected: "the URL of the identity provider", fix: "Its discovery document has it as issuer." }),
      clientId: appId("the OpenID Connect client"),
      cliClientId: appId("the public client of the command line").optional(),
      groupsClaim: text({ expected: "the name of a claim", fix: "Remove it for groups." }, (claim) =>
        /^[\w:./-]+$/.test(claim),
      ).optional(),
      scopes: list(
        { expected: "a list of scopes", fix: "Remove it for openid, profile, email and groups." },
        nonEmptyText("the name of a scope", "Remove it."),
      ).optional(),
    }),
    doc:
      "Single sign-on by OpenID Connect: `issuer`, `clientId` and, for `argocd login`, a second, public client " +
      "`cliClientId`; if needed `name`, `groupsClaim` (default `groups`) and `scopes` (default `openid`, `profile`, " +
      "`email`, `groups`).",
    default: "no single sign-on",
    example: { issuer: "https://id.vaarak.example", clientId: "argocd", cliClientId: "argocd-cli" },
  },
  "argocd.dex": {
    schema: fixedMap({
      github: fixedMap({
        clientId: appId("the OAuth App"),
        organizations: list(
          { expected: "a list of organisations", fix: "Write it as lines of - <organisation>." },
          nonEmptyText("the name of an organisation", "Write it as in github.com/<organisation>."),
        ),
      }),
    }),
    doc:
      "Single sign-on by GitHub, through Argo CD's own Dex: the OAuth App's `clientId`, and the `organizations` " +
      "whose members may log in. Their groups are `<organisation>:<team>`.",
    default: "no single sign-on",
    example: { github: { clientId: "Ov23liExample", organizations: ["vaarak"] } },
  },
  "argocd.emergencyAdmin": {
    schema: nonEmptyText("the reason for the exception", "Write why, or remove it."),
    doc:
      "The reason why the local account `admin` is enabled in spite of single sign-on, for example because the " +
      "identity provider is down. Remove it after the emergency: [access.md](access.md#in-an-emergency).",
    default: "with single sign-on, `admin` is disabled",
    example: "The identity provider is down since 3:10",
  },
  ssoClientSecret: {
    schema: secretText("the client's secret", "Run: pulumi config set --secret ssoClientSecret"),
    doc: "The secret of the client in `argocd.oidc`, or of the OAuth App in `argocd.dex`.",
    example: "pulumi config set --secret ssoClientSecret",
    secret: true,
    required: { by: ["argocd.oidc", "argocd.dex"], expected: "a value", fix: "Set both, or remove the client." },
  },
});

type AccessConfiguration = ConfigurationOf<
  typeof accessArea & typeof addressArea & typeof argocdArea & typeof repositoryArea
>;

/** The roles of the whole Argo CD. A service's team has a role in its AppProject instead. */
const ROLES = ["admin", "operator", "viewer"] as const;

/** The groups of each role; a role without groups is missing. */
export type Access = Readonly<Partial<Record<(typeof ROLES)[number], readonly string[]>>>;

/** How people log in, through exactly one of `oidc` and `dex`. */
export interface SignOn {
  readonly oidc?: Oidc | undefined;
  readonly dex?: { readonly github: DexGithub } | undefined;
  /** Why the account `admin` is enabled too. Undefined: it is disabled. */
  readonly emergencyAdmin?: string | undefined;
}

/** An OpenID Connect provider, and the clients that are registered there for Argo CD. */
export interface Oidc {
  /** The name on the login button. */
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  /** The public client of `argocd login`. Undefined: the command line has no single sign-on. */
  readonly cliClientId?: string | undefined;
  /** The claim that lists a user's groups. */
  readonly groupsClaim: string;
  readonly scopes: readonly string[];
}

/** The OAuth App as which Dex asks GitHub. */
export interface DexGithub {
  readonly clientId: string;
  readonly organizations: readonly string[];
  /** The host of GitHub Enterprise Server. Undefined: github.com. */
  readonly hostName?: string | undefined;
}

/** The access of a checked configuration. Each part is undefined if it is not configured. */
export interface AccessOptions {
  readonly access: Access | undefined;
  readonly signOn: SignOn | undefined;
  readonly ssoClientSecret: pulumi.Output<string> | undefined;
}

const GROUPS_CLAIM = "groups";
const SCOPES = ["openid", "profile", "email", GROUPS_CLAIM];

/** The access from a checked configuration, with the client's secret as a Pulumi secret. */
export function accessOptions({ argocd = {}, ssoClientSecret, repository }: AccessConfiguration): AccessOptions {
  const { access, oidc, dex, emergencyAdmin } = argocd;
  const server = repository && enterpriseUrl(repository);
  const signOn = {
    ...(oidc && { oidc: { name: "SSO", groupsClaim: GROUPS_CLAIM, scopes: SCOPES, ...oidc } }),
    ...(dex && { dex: { github: { ...dex.github, hostName: server && new URL(server).host } } }),
    emergencyAdmin,
  };
  return {
    access: access && Object.fromEntries(ROLES.flatMap((role) => (access[role] ? [[role, access[role]]] : []))),
    signOn: oidc || dex ? signOn : undefined,
    ssoClientSecret: ssoClientSecret === undefined ? undefined : pulumi.secret(ssoClientSecret),
  };
}

/** Checks that people can log in, and that each group can have members. */
export function checkAccess(configuration: AccessConfiguration): Problem[] {
  const { argocd, ssoClientSecret } = configuration;
  // Unset, or reported as invalid: nothing can be said of a secret for it.
  if (!argocd) return [];
  const { access, oidc, dex, emergencyAdmin } = argocd;
  const isSignOn = oidc !== undefined || dex !== undefined;
  return [
    ...(oidc && dex ? [both()] : []),
    ...(isSignOn ? withoutUrl(configuration) : needlessWithoutSignOn(access, emergencyAdmin, ssoClientSecret)),
    ...(oidc ? [...wrongIssuer(oidc.issuer), ...withoutOpenid(oidc.scopes)] : []),
    ...(access ? wrongGroups(access, configuration) : []),
  ];
}

function both(): Problem {
  const fix = "Remove one: Argo CD would ignore argocd.dex.";
  return { key: "argocd", got: "oidc and dex", expected: "one of them", fix };
}

/** https://argo-cd.readthedocs.io/en/stable/operator-manual/user-management/ */
function withoutUrl(configuration: AccessConfiguration): Problem[] {
  if (urlOf(configuration) !== undefined) return [];
  const fix = "Set it, or argocd.address: the identity provider sends people back to it.";
  return [{ key: "argocd.url", got: "nothing", expected: "a URL with argocd.oidc or argocd.dex", fix }];
}

function needlessWithoutSignOn(access: unknown, emergencyAdmin: unknown, secret: unknown): Problem[] {
  const fix = "Set argocd.oidc or argocd.dex, or remove it.";
  const expected = "nothing without argocd.oidc or argocd.dex";
  return [
    ...(access === undefined ? [] : [{ key: "argocd.access", got: "groups, which nobody can have", expected, fix }]),
    ...(emergencyAdmin === undefined
      ? []
      : [{ key: "argocd.emergencyAdmin", got: show(emergencyAdmin), expected, fix: "Remove it: admin is enabled." }]),
    ...(secret === undefined ? [] : [{ key: "ssoClientSecret", got: HIDDEN, expected, fix }]),
  ];
}

function wrongIssuer(issuer: string): Problem[] {
  const url = parseUrl(issuer);
  if (url && isConfidential(url) && !url.username && !url.password && !url.search && !url.hash) return [];
  return [
    {
      key: "argocd.oidc.issuer",
      got: show(issuer),
      expected: "an https URL without user, password, query or fragment (http only on this machine)",
      fix: "Write it exactly as issuer in the provider's discovery document.",
    },
  ];
}

function withoutOpenid(scopes: readonly string[] | undefined): Problem[] {
  if (!scopes || scopes.includes("openid")) return [];
  const fix = "Add it: without it the provider issues no ID token.";
  return [{ key: "argocd.oidc.scopes", got: show(scopes), expected: "a list with openid", fix }];
}

type ConfiguredAccess = NonNullable<NonNullable<AccessConfiguration["argocd"]>["access"]>;

function wrongGroups(access: ConfiguredAccess, configuration: AccessConfiguration): Problem[] {
  const lists = Object.entries(access).map(([role, groups]) => [`argocd.access.${role}`, groups] as const);
  const organizations = configuration.argocd?.dex?.github.organizations;
  return [
    ...(lists.length > 0 ? [] : [withoutGroups("argocd.access")]),
    ...lists.filter(([, groups]) => groups.length === 0).map(([key]) => withoutGroups(key)),
    ...(organizations
      ? lists.flatMap(([key, groups]) =>
          groups.flatMap((name, index) => outside(`${key}[${index}]`, name, organizations)),
        )
      : []),
  ];
}

function withoutGroups(key: string): Problem {
  return { key, got: "nobody", expected: "at least one group", fix: "Name a group, or remove the key." };
}

/** Dex's groups for GitHub: https://dexidp.io/docs/connectors/github/ */
function outside(key: string, name: string, organizations: readonly string[]): Problem[] {
  const [organization = "", team = "", ...rest] = name.split(":");
  if (organizations.includes(organization) && /^[a-z0-9_-]+$/.test(team) && rest.length === 0) return [];
  const expected = `<organisation>:<team>, with an organisation of argocd.dex (${organizations.join(", ")})`;
  const fix = "Write the team as in github.com/orgs/<organisation>/teams/<team>: nobody can be in another group.";
  return [{ key, got: show(name), expected, fix }];
}
