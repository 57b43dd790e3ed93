import type { Entry } from "./entry";

/** What the routes of services may take. */
export interface HostRules {
  /** Hosts that no service may have: exact names, and `*.` with a name for all hosts below it. */
  readonly reserved: readonly string[];
  /** Annotations that routes and Services may have besides those that are known to take no hosts. */
  readonly annotations: readonly string[];
}

/** Reads the section `hosts`. By default no host is reserved, and no further annotation is permitted. */
export function readHosts(section: Entry | undefined): HostRules {
  const { reserved, annotations } = section?.keys(["reserved", "annotations"]) ?? {};
  return {
    reserved: textsOf(reserved, RESERVED),
    annotations: textsOf(annotations, ANNOTATIONS),
  };
}

interface Kind {
  readonly pattern: RegExp;
  readonly expected: string;
  readonly fix: string;
}

const RESERVED: Kind = {
  pattern: /^(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/,
  expected: "a host name in lower case, or *. and a name for all hosts below it",
  fix: "Write argocd.example.com, or '*.platform.example.com' in quotes.",
};

const ANNOTATIONS: Kind = {
  // Argo CD's and Helm's own are never permitted, because they decide what is compared, healed and removed.
  pattern: /^(?!argocd\.argoproj\.io\/|helm\.sh\/)([a-z0-9]([a-z0-9.-]*[a-z0-9])?\/)?[A-Za-z0-9][\w.-]{0,62}$/,
  expected: "the name of an annotation, and none of Argo CD or Helm",
  fix: "Write it as example.com/name.",
};

function textsOf(list: Entry | undefined, { pattern, expected, fix }: Kind): string[] {
  return (list?.list("Write the names with - before each.") ?? []).flatMap((entry) => {
    const text = entry.text(expected, fix);
    if (text === undefined) return [];
    if (pattern.test(text)) return [text];
    entry.problem(expected, fix);
    return [];
  });
}

/** The entry that reserves a host; undefined if there is none. */
export function reservedBy(host: string, { reserved }: Pick<HostRules, "reserved">): string | undefined {
  // Names of hosts are equal in any case, and with a dot at their end.
  const name = host.toLowerCase().replace(/\.$/, "");
  return reserved.find((entry) => (entry.startsWith("*.") ? name.endsWith(entry.slice(1)) : name === entry));
}
