import type { components } from "@octokit/openapi-types";
import { type Commit, readCommits } from "../../git/commits";
import type { Git } from "../../git/git";
import type { RefChange } from "../../git/push-hooks";
import { ZERO } from "../../git/ref-names";
import { isAncestor } from "../../git/refs";
import { organizationSimple, simpleUser } from "../../shapes/accounts";
import { utc } from "../../shapes/commits";
import { hookShape } from "../../shapes/hooks";
import { ownerOf, repository, type ShapeContext } from "../../shapes/repositories";
import type { HookRecord, RepositoryRecord } from "../../store/records";
import type { Actor } from "../access/roles";

type Schemas = components["schemas"];

/** GitHub's limit of commits in one push event. */
const MAX_COMMITS = 2048;

/** An event for the webhooks of a repository. */
export interface WebhookEvent {
  /** X-GitHub-Event. */
  name: string;
  payload: Record<string, unknown>;
}

/** The fields that every payload contains: the repository, its organisation and the sender. */
export function commonPayload(context: ShapeContext, record: RepositoryRecord, actor: Actor) {
  const owner = ownerOf(context, record);
  return {
    repository: repository(context, record),
    ...(owner.type === "Organization" ? { organization: organizationSimple(context.urls, owner) } : {}),
    sender: simpleUser(context.urls, actor.account),
  };
}

/** The events of one moved ref: creation or deletion of a branch or tag, and the push. */
export async function refEvents(
  context: ShapeContext,
  record: RepositoryRecord,
  actor: Actor,
  git: Git,
  change: RefChange,
): Promise<WebhookEvent[]> {
  const match = /^refs\/(heads|tags)\/(.+)$/.exec(change.ref);
  if (!match) return [];
  const events: WebhookEvent[] = [{ name: "push", payload: await pushPayload(context, record, actor, git, change) }];
  const named = {
    ref: match[2] ?? "",
    ref_type: match[1] === "tags" ? ("tag" as const) : ("branch" as const),
    pusher_type: "user" as const,
    ...commonPayload(context, record, actor),
  };
  const created: Omit<Schemas["webhook-create"], "pusher_type"> & { pusher_type: string } = {
    ...named,
    master_branch: record.settings.default_branch,
    description: record.settings.description,
  };
  if (change.before === ZERO) events.push({ name: "create", payload: created });
  if (change.after === ZERO) events.push({ name: "delete", payload: named });
  return events;
}

async function pushPayload(
  context: ShapeContext,
  record: RepositoryRecord,
  actor: Actor,
  git: Git,
  change: RefChange,
): Promise<Schemas["webhook-push"]> {
  const { urls } = context;
  const created = change.before === ZERO;
  const deleted = change.after === ZERO;
  const [commits, forced] = await Promise.all([
    deleted ? [] : pushedCommits(git, change),
    created || deleted ? false : isAncestor(git, change.before, change.after).then((ancestor) => !ancestor),
  ]);
  const head = deleted
    ? undefined
    : (commits.at(-1) ?? (await readCommits(git, ["-1", `${change.after}^{commit}`], { files: true }))[0]);
  const common = commonPayload(context, record, actor);
  const range = `${change.before.slice(0, 12)}...${change.after.slice(0, 12)}`;
  return {
    ...common,
    // Push events, unlike all others, have these two as seconds since 1970: clients parse them as numbers.
    repository: {
      ...common.repository,
      owner: pushOwner(context, record),
      created_at: seconds(record.createdAt),
      updated_at: record.updatedAt,
      pushed_at: seconds(new Date().toISOString()),
      visibility: record.settings.visibility,
      has_discussions: record.settings.has_discussions,
      topics: record.topics,
      license: null,
      master_branch: record.settings.default_branch,
      stargazers: 0,
    },
    ref: change.ref,
    before: change.before,
    after: change.after,
    base_ref: null,
    created,
    deleted,
    forced,
    compare:
      created || deleted
        ? urls.html(record, `/commit/${change.after.slice(0, 12)}`)
        : urls.html(record, `/compare/${range}`),
    commits: commits.map((commit) => pushCommit(context, record, commit)),
    head_commit: head ? pushCommit(context, record, head) : null,
    pusher: { name: actor.account.login, email: actor.account.email },
  };
}

/** Push events also have an older format of the owner, with `name` for `login`. */
function pushOwner(context: ShapeContext, record: RepositoryRecord) {
  const { id, login, type, email } = ownerOf(context, record);
  const { node_id, avatar_url, url, html_url } = simpleUser(context.urls, ownerOf(context, record));
  return { id, login, name: login, email, type, node_id, avatar_url, url, html_url, site_admin: false };
}

/** The commits that the ref did not reach before, oldest first; for a new ref those that no other branch reaches. */
async function pushedCommits(git: Git, change: RefChange): Promise<Commit[]> {
  const old =
    change.before === ZERO
      ? ["--not", `--exclude=${change.ref.replace("refs/heads/", "")}`, "--branches"]
      : ["--not", change.before];
  const commits = await readCommits(git, [`--max-count=${MAX_COMMITS}`, change.after, ...old], { files: true });
  return commits.reverse();
}

function pushCommit(context: ShapeContext, record: RepositoryRecord, commit: Commit) {
  const person = (email: string) => {
    const account = context.database.accounts.find((entry) => entry.email === email);
    return account ? { username: account.login } : {};
  };
  const paths = (status: string) => commit.files.filter((file) => file.status === status).map((file) => file.path);
  return {
    id: commit.sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: commit.committer.date,
    url: context.urls.html(record, `/commit/${commit.sha}`),
    author: { ...commit.author, date: utc(commit.author.date), ...person(commit.author.email) },
    committer: { ...commit.committer, date: utc(commit.committer.date), ...person(commit.committer.email) },
    added: paths("added"),
    removed: paths("removed"),
    modified: paths("modified"),
  };
}

function seconds(date: string): number {
  return Math.floor(Date.parse(date) / 1000);
}

/** The event that a hook receives when it is created, and on request. */
export function pingEvent(
  context: ShapeContext,
  record: RepositoryRecord,
  actor: Actor,
  hook: HookRecord,
): WebhookEvent {
  const common = commonPayload(context, record, actor);
  const shape = hookShape(context.urls, record, hook);
  const payload: Schemas["webhook-ping"] = {
    ...common,
    zen: "Keep it logically awesome.",
    hook_id: hook.id,
    hook: { ...shape, name: "web" },
  };
  return { name: "ping", payload };
}
