import type { components } from "@octokit/openapi-types";
import { type Check, checkName } from "@gitops-platform/contract/checks";
import { PLATFORM_FILES } from "@gitops-platform/contract/code-owners";
import { type Problem, show } from "@gitops-platform/contract/problems";

/** A rule in force for a branch or a tag, from the repository, its organisation or its enterprise. */
export type BranchRule = components["schemas"]["repository-rule-detailed"];

/**
 * How the platform uses a branch. `main`: merges pull requests without a review. `approved`: merges approved pull
 * requests. `own`: pushes, force-pushes and deletes it. `record`: a tag, which is created once.
 */
export type Use = "main" | "approved" | "own" | "record";

/** A rule or setting that forbids what the platform must do. */
export interface Hindrance extends Problem {
  /** Whether no check and no review can satisfy it, so that waiting does not help. */
  readonly isFinal: boolean;
}

/**
 * The rules of a branch or tag that forbid what the platform must do there.
 * @param name Its name, which need not exist.
 */
export function ruleHindrances(name: string, use: Use, rules: readonly BranchRule[]): Hindrance[] {
  const excluded = use === "own" || use === "record" ? `${name.split("/", 1)[0] ?? ""}/**/*` : name;
  const what = use === "record" ? `tag ${name}` : name;
  return rules.flatMap((rule) =>
    reasonsOf(rule, name, use).map(({ got, expected, isFinal = true, fix }) => ({
      key: `rule ${rule.type} on ${what}, ${sourceOf(rule)}`,
      got,
      expected,
      fix: fix ?? `Exclude ${excluded} from it, or remove it.`,
      isFinal,
    })),
  );
}

/**
 * The rules of a branch that people must comply with, although the platform's own commits do already. Whole sentences.
 */
export function ruleNotes(rules: readonly BranchRule[]): string[] {
  return rules.flatMap((rule) => (rule.type === "required_signatures" ? [`${sourceOf(rule)}: ${SIGNATURES}`] : []));
}

const SIGNATURES = [
  "commits must be signed.",
  "GitHub signs those of the platform's Apps (an Enterprise Server only with web commit signing).",
  "People who run gitops sign their own: git config commit.gpgSign true.",
].join(" ");

interface Reason {
  readonly got: string;
  readonly expected: string;
  /** Default: yes. */
  readonly isFinal?: boolean;
  /** Default: excluding the branch from the rule. */
  readonly fix?: string;
}

function sourceOf({ ruleset_source_type: type, ruleset_source: source, ruleset_id: id }: BranchRule): string {
  return `${(type ?? "Repository").toLowerCase()} ${source ?? ""}, ruleset ${id ?? "unknown"}`;
}

const MERGE_COMMITS = "merge commits, one for each pull request";

function reasonsOf(rule: BranchRule, branch: string, use: Use): Reason[] {
  switch (rule.type) {
    case "commit_message_pattern":
    case "commit_author_email_pattern":
    case "committer_email_pattern":
      return [{ got: show(rule.parameters?.pattern), expected: "none: gitops writes its commits", isFinal: false }];
    case "file_path_restriction":
      return pathReasons(rule.parameters?.restricted_file_paths ?? []);
    case "file_extension_restriction":
      return extensionReasons(rule.parameters?.restricted_file_extensions ?? []);
    case "max_file_path_length":
      return atLeast("max_file_path_length", rule.parameters?.max_file_path_length, LONGEST_PATH);
    default:
      if (use === "record") return recordReasons(rule, branch);
      return use === "own" ? ownReasons(rule, branch) : mergeReasons(rule, branch, use);
  }
}

/** Rules for tags that record releases, each on a merge commit. */
function recordReasons(rule: BranchRule, tag: string): Reason[] {
  const expected = "none: each release is recorded by a new tag on its merge";
  switch (rule.type) {
    case "creation":
      return [{ got: "no new tags", expected }];
    case "required_linear_history":
      return [{ got: "no merge commits", expected }];
    case "required_deployments":
      return [{ got: "deployments before a tag", expected }];
    case "required_status_checks":
    case "workflows":
      return rule.parameters?.do_not_enforce_on_create === true ? [] : [{ got: "checks before a tag", expected }];
    case "tag_name_pattern":
      return nameReasons(rule.parameters, tag);
    default:
      return [];
  }
}

/** Rules for branches that gitops pushes to. */
function ownReasons(rule: BranchRule, branch: string): Reason[] {
  const expected = "none: gitops pushes to this branch, again where it must, and deletes it";
  switch (rule.type) {
    case "creation":
    case "update":
    case "deletion":
    case "non_fast_forward":
    case "pull_request":
    case "merge_queue":
    case "required_deployments":
      return [{ got: "a restriction", expected }];
    case "required_linear_history":
      return branch.startsWith("bump/") ? [{ got: "no merge commits", expected }] : [];
    case "required_status_checks":
    case "workflows":
      return rule.parameters?.do_not_enforce_on_create === true
        ? []
        : [{ got: "checks before a push", expected, isFinal: true }];
    case "branch_name_pattern":
      return nameReasons(rule.parameters, branch);
    default:
      return [];
  }
}

/** Rules for branches into which pull requests are merged. */
function mergeReasons(rule: BranchRule, branch: string, use: "main" | "approved"): Reason[] {
  switch (rule.type) {
    case "required_linear_history":
      return [{ got: "no merge commits", expected: MERGE_COMMITS }];
    case "merge_queue":
      return [{ got: "a merge queue", expected: "none: gitops itself merges exactly what it judged" }];
    case "required_deployments": {
      const names = rule.parameters?.required_deployment_environments ?? [];
      return names.length === 0 ? [] : [{ got: names.join(", "), expected: "none: it is deployed after the merge" }];
    }
    case "update":
      return [{ got: "a restriction of who updates it", expected: "none: pull requests update it" }];
    case "pull_request":
      return pullReasons(rule.parameters, use);
    case "required_status_checks":
      return checkReasons(rule.parameters, branch, use);
    case "workflows":
      return [othersCheck("workflows of others")];
    case "code_scanning":
      return [othersCheck("results of code scanning")];
    case "license_compliance_scanning":
      return [othersCheck("results of a scan of licences")];
    default:
      return [];
  }
}

type Parameters<T extends BranchRule["type"]> =
  Extract<BranchRule, { type: T }> extends { parameters?: infer P } ? P | undefined : never;

function pullReasons(parameters: Parameters<"pull_request">, use: "main" | "approved"): Reason[] {
  if (!parameters) return [];
  const { allowed_merge_methods: methods, required_reviewers: reviewers = [] } = parameters;
  const { required_approving_review_count: count, require_last_push_approval: lastPush } = parameters;
  const noPerson = "none on main: bumps and promotions are merged without a person there";
  const others = reviewers.filter(({ file_patterns: patterns, minimum_approvals: minimum }) => {
    return minimum > 0 && patterns.some((pattern) => !PLATFORM_PATTERNS.has(pattern));
  });
  return [
    ...(methods && !methods.includes("merge") ? [{ got: `only ${methods.join(", ")}`, expected: MERGE_COMMITS }] : []),
    ...(use === "main" && count > 0 ? [{ got: `${count} approvals`, expected: noPerson, isFinal: false }] : []),
    ...(use === "main" && lastPush ? [{ got: "approval of the last push", expected: noPerson, isFinal: false }] : []),
    ...(use === "main" && others.length > 0
      ? [{ got: "reviewers of other paths", expected: noPerson, isFinal: false }]
      : []),
  ];
}

const PLATFORM_PATTERNS = new Set(PLATFORM_FILES);
const CHECKS: readonly Check[] = ["validate", "four-eyes"];

function checkReasons(parameters: Parameters<"required_status_checks">, branch: string, use: Use): Reason[] {
  const own = new Set(CHECKS.map((check) => checkName(check, branch)));
  const others = (parameters?.required_status_checks ?? [])
    .map(({ context }) => context)
    .filter((name) => !own.has(name));
  const isStrict = parameters?.strict_required_status_checks_policy === true;
  const expected = "no need to be up to date: gitops makes a release again only where its own content changes";
  return [
    ...(others.length > 0 ? [othersCheck(others.join(", "))] : []),
    ...(isStrict && use === "approved" ? [{ got: "branches that are up to date", expected }] : []),
  ];
}

/** Not final, because the App that sets the check may also set it on pull requests of bots. */
function othersCheck(got: string): Reason {
  const expected = "no checks but the platform's: every pull request of a bot waits for them";
  const fix = "See that they run and succeed on pull requests of the platform's Apps, or leave the branch out.";
  return { got, expected, fix, isFinal: false };
}

/** The longest path that the platform writes, in characters, for a service's name of 40. */
const LONGEST_PATH = 64;
const EXTENSIONS = ["yaml", "yml", "tpl", "json", "mjs", "md"];
const FOLDERS = [".github", "charts", "environments", "manifests"];

function atLeast(key: string, got: number | undefined, least: number): Reason[] {
  return got === undefined || got >= least ? [] : [{ got: `${key} ${got}`, expected: `${least} or more` }];
}

function extensionReasons(restricted: readonly string[]): Reason[] {
  const found = restricted.filter((name) => EXTENSIONS.includes(name.replace(/^\*?\.?/, "").toLowerCase()));
  return found.length === 0 ? [] : [{ got: found.join(", "), expected: `none of ${EXTENSIONS.join(", ")}` }];
}

/** Reasons for patterns that may match files in the platform's folders. */
function pathReasons(restricted: readonly string[]): Reason[] {
  const found = restricted.filter((pattern) => {
    const [first = "", ...rest] = pattern.replace(/^\//, "").split("/");
    if (FOLDERS.includes(first)) return true;
    // `**/*.exe` and `*.exe` restrict names, which matters only for extensions of the platform's files.
    const name = rest.at(-1) ?? first;
    return (
      first.startsWith("*") && (/^\*+$/.test(name) || EXTENSIONS.some((extension) => name.endsWith(`.${extension}`)))
    );
  });
  const expected = `none below ${FOLDERS.join(", ")}`;
  return found.length === 0 ? [] : [{ got: found.join(", "), expected }];
}

function nameReasons(parameters: Parameters<"branch_name_pattern" | "tag_name_pattern">, name: string): Reason[] {
  if (!parameters) return [];
  const { operator, pattern, negate = false } = parameters;
  const found = {
    starts_with: () => name.startsWith(pattern),
    ends_with: () => name.endsWith(pattern),
    contains: () => name.includes(pattern),
    regex: () => matches(pattern, name),
  }[operator]();
  return found !== negate ? [] : [{ got: show(pattern), expected: `a pattern that ${name} fits` }];
}

/** GitHub uses RE2. An expression that JavaScript cannot parse is assumed to match. */
function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern).test(text);
  } catch {
    return true;
  }
}
