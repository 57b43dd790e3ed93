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
import { contentOf } from "../values/differences";
import { type Candidate, touchedValues } from "./candidate";

/** The chart's values of the exceptions, with which there is none. */
const NONE: Readonly<Record<Exception, unknown>> = {
  runAsUser: 65532,
  writableRoot: false,
  privilegedPort: 0,
  hostPaths: {},
};

/**
 * Refuses the exceptions that a change introduces and the platform team has not allowed. Earlier ones are ignored,
 * because a new image must not wait until somebody removes them.
 */
export async function newExceptions(
  candidate: Candidate,
  allowed: readonly AllowedException[],
): Promise<FileProblem[]> {
  const { clone, base, tree } = candidate;
  const problems = (await touchedValues(candidate)).map(async (file) => {
    const path = valuesPath(file);
    const [before, after] = await Promise.all([clone.read(base, path), clone.read(tree, path)]);
    return exceptionProblems(file, before, after, allowed).map((message) => ({ file: path, message }));
  });
  return (await Promise.all(problems)).flat();
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
      `the chart's default. Remove it; where it has to be, the platform team allows it in ${RULES_PATH}: ${line} below exceptions.`
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
  const { clone, base, tree } = candidate;
  const problems = (await touchedValues(candidate)).map(async (file): Promise<FileProblem[]> => {
    const path = valuesPath(file);
    const [before, after] = await Promise.all([clone.read(base, path), clone.read(tree, path)]);
    const known = new Set(hostsIn(before));
    const hosts = [...new Set(hostsIn(after))].filter((host) => !known.has(host));
    if (hosts.length === 0) return [];
    const owners = await hostsOfOthers(candidate, file);
    return hosts.flatMap((host) => {
      const entry = reservedBy(host, rules);
      if (entry !== undefined) {
        const message = `hosts: got ${formatValue(host)}, reserved by ${entry} below hosts.reserved in ${RULES_PATH}; expected a host of the service. Choose another.`;
        return [{ file: path, message }];
      }
      const owner = owners.get(host);
      if (owner === undefined) return [];
      const message = `hosts: got ${formatValue(host)}, a host of ${owner}; expected one that no other service in ${file.environment} has. Choose another.`;
      return [{ file: path, message }];
    });
  });
  return (await Promise.all(problems)).flat();
}

async function hostsOfOthers({ clone, tree }: Candidate, file: ValuesFile): Promise<Map<string, string>> {
  const paths = (await clone.list(tree, valuesFolder(file.environment))).filter((path) => path !== valuesPath(file));
  await clone.prefetch(paths.map((path) => `${tree}:${path}`));
  const services = paths.flatMap((path) => parseValuesPath(path)?.service ?? []);
  const texts = await Promise.all(
    services.map((service) => clone.read(tree, valuesPath({ environment: file.environment, service }))),
  );
  return new Map(services.flatMap((service, index) => hostsIn(texts[index]).map((host) => [host, service] as const)));
}

/** The hosts of a service's routes, from the text of its values. */
export function hostsIn(text: string | undefined): string[] {
  const values = contentOf(text) ?? {};
  return ROUTES.flatMap((route) => {
    const { hosts } = (isMap(values[route]) ? values[route] : {}) as { hosts?: unknown };
    return Array.isArray(hosts) ? hosts.filter((host) => typeof host === "string") : [];
  });
}
