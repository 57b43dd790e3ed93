import { isDeepStrictEqual } from "node:util";
import {
  parseValuesPath,
  RULES_PATH,
  type ValuesFile,
  valuesFolder,
  valuesPath,
} from "@gitops-platform/contract/paths";
import { formatValue, isMap } from "@gitops-platform/contract/values/plain";
import type { FileProblem } from "@gitops-platform/rules/entry";
import { type AllowedException, type Exception, EXCEPTIONS, isAllowed } from "@gitops-platform/rules/exceptions";
import { type HostRules, reservedBy } from "@gitops-platform/rules/hosts";
import { isServiceChart, SERVICE_SOURCE } from "@gitops-platform/contract/source";
import { renderingsAt } from "../catalogue/rendering";
import { renderRevision } from "../chart/revision";
import type { Clone } from "../git/clone";
import { namesAt } from "../values/at";
import { contentOf, objectsIn } from "../values/differences";
import type { Candidate } from "./candidate";
import { sourcedPath, type Sourced, sourcedText, sourcedValues } from "./sourced";

/** The chart's default for each exception, which is no exception. */
const NONE: Readonly<Record<Exception, unknown>> = {
  runAsUser: 65532,
  writableRoot: false,
  privilegedPort: 0,
};

/**
 * Refuses the exceptions that a change introduces and the platform team has not allowed. Earlier ones are ignored,
 * because a new image must not wait until somebody removes them.
 */
export async function newExceptions(
  candidate: Candidate,
  allowed: readonly AllowedException[],
): Promise<FileProblem[]> {
  const problems = (await ofServiceChart(candidate)).map(async (sourced) => {
    const { before, after } = await sourcedText(candidate, sourced);
    const was = hadServiceChart(sourced) ? before : undefined;
    return exceptionProblems(sourced.file, was, after, allowed).map((message) => {
      return { file: sourcedPath(sourced), message };
    });
  });
  return (await Promise.all(problems)).flat();
}

/** The files that are values of the service chart. What other sources give is judged as it is rendered. */
async function ofServiceChart(candidate: Candidate): Promise<Sourced[]> {
  return (await sourcedValues(candidate)).filter(({ now }) => isServiceChart(now.source));
}

function hadServiceChart({ before }: Sourced): boolean {
  return before !== undefined && isServiceChart(before.source);
}

/** The same for one file: its text before and after the change. */
export function exceptionProblems(
  file: ValuesFile,
  before: string | undefined,
  after: string | undefined,
  allowed: readonly AllowedException[],
): string[] {
  const [was, is] = [exceptionsIn(before), exceptionsIn(after)];
  return EXCEPTIONS.filter((exception) => {
    const got = is[exception] ?? NONE[exception];
    const isNew = !isDeepStrictEqual(got, NONE[exception]) && !isDeepStrictEqual(got, was[exception]);
    return isNew && !isAllowed(allowed, file, exception);
  }).map((exception) => {
    const line = `- { service: ${file.service}, exception: ${exception}, reason: … }`;
    return (
      `exceptions.${exception}: got ${formatValue(is[exception])}; expected ${formatValue(NONE[exception])}, ` +
      `the chart's default. Remove it; where it has to be, the platform team allows it in ${RULES_PATH}: ` +
      `${line} below exceptions.`
    );
  });
}

function exceptionsIn(text: string | undefined): Readonly<Record<string, unknown>> {
  const { exceptions } = contentOf(text) ?? {};
  return isMap(exceptions) ? exceptions : {};
}

/** The values from which the chart makes the hosts of routes. */
const ROUTES = ["ingress", "gateway"] as const;

/**
 * Refuses hosts that the platform team reserves, and those that another service of the environment already has: the
 * service would get a part of the other's requests, such as the codes with which people log in to Argo CD. Earlier ones
 * are ignored.
 */
export async function takenHosts(candidate: Candidate, rules: Pick<HostRules, "reserved">): Promise<FileProblem[]> {
  const problems = (await ofServiceChart(candidate)).map(async (sourced): Promise<FileProblem[]> => {
    const { before, after } = await sourcedText(candidate, sourced);
    const known = new Set(hadServiceChart(sourced) ? hostsIn(before) : []);
    const hosts = [...new Set(hostsIn(after))].filter((host) => !known.has(host));
    return hostProblems(candidate, rules, sourced, hosts);
  });
  return (await Promise.all(problems)).flat();
}

/** The hosts of the routes that another source than the service chart gives to a service. */
export interface RenderedRoutes {
  readonly sourced: Sourced;
  readonly hosts: readonly string[];
}

/** The same as {@link takenHosts} for these. */
export async function takenByRendered(
  candidate: Candidate,
  rules: Pick<HostRules, "reserved">,
  routes: readonly RenderedRoutes[],
): Promise<(FileProblem & { readonly file: string })[]> {
  const found = routes.map(async ({ sourced, hosts }) => {
    if (hosts.length === 0) return [];
    const known = new Set((await hostsOf(candidate.clone, candidate.base, [sourced.file])).keys());
    return hostProblems(
      candidate,
      rules,
      sourced,
      hosts.filter((host) => !known.has(host)),
    );
  });
  return (await Promise.all(found)).flat();
}

async function hostProblems(
  candidate: Candidate,
  rules: Pick<HostRules, "reserved">,
  sourced: Sourced,
  hosts: readonly string[],
): Promise<(FileProblem & { readonly file: string })[]> {
  if (hosts.length === 0) return [];
  const { file } = sourced;
  const path = sourcedPath(sourced);
  const owners = await hostsOfOthers(candidate, file);
  return hosts.flatMap((host) => {
    const entry = reservedBy(host, rules);
    if (entry !== undefined) {
      const message =
        `hosts: got ${formatValue(host)}, reserved by ${entry} below hosts.reserved in ${RULES_PATH}; ` +
        "expected a host of the service. Choose another.";
      return [{ file: path, message }];
    }
    const owner = owners.get(host);
    if (owner === undefined) return [];
    const message =
      `hosts: got ${formatValue(host)}, a host of ${owner}; ` +
      `expected one that no other service in ${file.environment} has. Choose another.`;
    return [{ file: path, message }];
  });
}

async function hostsOfOthers({ clone, tree }: Candidate, file: ValuesFile): Promise<Map<string, string>> {
  const { environment } = file;
  const paths = await clone.list(tree, valuesFolder(environment));
  const services = new Set(paths.flatMap((path) => parseValuesPath(path)?.service ?? []));
  services.delete(file.service);
  return hostsOf(
    clone,
    tree,
    [...services].map((service) => ({ environment, service })),
  );
}

/** The services of hosts, from their values or, with another source than the service chart, as they are rendered. */
async function hostsOf(clone: Clone, revision: string, files: readonly ValuesFile[]): Promise<Map<string, string>> {
  await clone.prefetch(files.flatMap((file) => namesAt(revision, file)));
  const sources = await renderingsAt(
    clone,
    revision,
    files.map(({ service }) => service),
  );
  const isPlain = ({ service }: ValuesFile) => {
    const found = sources.get(service);
    return found !== undefined && "source" in found && isServiceChart(found.source);
  };
  const others = files.filter((file) => !isPlain(file));
  const rendered = await renderRevision(clone, revision, others);
  const texts = await Promise.all(
    files.filter(isPlain).map((file) => clone.read(revision, valuesPath(file, SERVICE_SOURCE))),
  );
  return new Map([
    ...files.filter(isPlain).flatMap(({ service }, index) => pairs(hostsIn(texts[index]), service)),
    ...others.flatMap(({ service }, index) => {
      const made = rendered[index];
      return pairs(made && "manifests" in made ? renderedHosts(made.manifests) : [], service);
    }),
  ]);
}

function pairs(hosts: readonly string[], service: string): [string, string][] {
  return hosts.map((host) => [host, service]);
}

/** The hosts of the routes in rendered manifests. */
export function renderedHosts(manifests: string): string[] {
  const hosts = Object.values(objectsIn(manifests)).flatMap((object): unknown[] => {
    const { kind, spec } = isMap(object) ? object : {};
    if (!isMap(spec)) return [];
    if (kind === "HTTPRoute" || kind === "GRPCRoute") return Array.isArray(spec.hostnames) ? spec.hostnames : [];
    const rules: unknown[] = kind === "Ingress" && Array.isArray(spec.rules) ? spec.rules : [];
    return rules.map((rule) => (isMap(rule) ? rule.host : undefined));
  });
  return [...new Set(hosts.filter((host) => typeof host === "string"))];
}

/** The hosts of a service's routes, from the text of its values. */
export function hostsIn(text: string | undefined): string[] {
  const values = contentOf(text) ?? {};
  return ROUTES.flatMap((route) => {
    const { hosts } = (isMap(values[route]) ? values[route] : {}) as { hosts?: unknown };
    return Array.isArray(hosts) ? hosts.filter((host) => typeof host === "string") : [];
  });
}
