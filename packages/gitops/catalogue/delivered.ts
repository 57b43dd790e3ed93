import {
  DELIVERY_POLICY_PATH,
  deliveryFolder,
  deliveryPath,
  parseDeclarationPath,
  parseDeliveryPath,
  SERVICES,
} from "@gitops-platform/contract/catalogue";
import { Failure } from "@gitops-platform/contract/failure";
import { ENVIRONMENTS_PATH } from "@gitops-platform/contract/paths";
import type { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import type { Clone } from "../git/clone";
import { MAIN } from "../git/refs";
import { localGraph, parseGraph } from "../graph";
import { readDeclarations } from "./declaration";
import { deliveryFiles } from "./delivery";
import { policyAt } from "./policy";

/** What the declarations of a revision and the delivery policy of `main` give in one environment. */
export interface Delivered {
  /** The texts of the files with the objects that deliver a service, by service. */
  readonly files: ReadonlyMap<string, string>;
  /** The services whose workload is to be deleted there. */
  readonly retired: ReadonlySet<string>;
  /** All declared services. */
  readonly declared: ReadonlySet<string>;
  /** Those of them that do not name the environment. */
  readonly elsewhere: ReadonlySet<string>;
  /** What is wrong with declarations, by service. They give no files. */
  readonly problems: ReadonlyMap<string, string>;
  /** Why nothing can be made, because of the policy. */
  readonly unreadable?: string;
}

/** The results by the ids of their inputs. They are cached, because a release needs the same ones for each service. */
const MADE = new WeakMap<Clone, Map<string, Promise<Delivered>>>();

/** Makes the objects that deliver the services of a revision, which is a commit or a tree. */
export async function delivered(clone: Clone, revision: string, environment: string): Promise<Delivered> {
  const names = [`${revision}:${SERVICES}`, `${MAIN}:${DELIVERY_POLICY_PATH}`, `${MAIN}:${ENVIRONMENTS_PATH}`];
  const ids = await Promise.all(names.map((name) => clone.find(name)));
  if (ids[0] === undefined) return NOTHING;
  const key = [environment, ...ids].join(" ");
  const made = MADE.get(clone) ?? new Map<string, Promise<Delivered>>();
  MADE.set(clone, made);
  const known = made.get(key);
  if (known) return known;
  if (made.size === REMEMBERED) made.clear();
  const result = make(clone, revision, environment);
  made.set(key, result);
  return result;
}

/** How many results are kept for each clone: each of them has the files of all services. */
const REMEMBERED = 50;

const NOTHING: Delivered = {
  files: new Map(),
  retired: new Set(),
  declared: new Set(),
  elsewhere: new Set(),
  problems: new Map(),
};

async function make(clone: Clone, revision: string, environment: string): Promise<Delivered> {
  const graph = await graphOfMain(clone);
  const all = (await clone.list(revision, SERVICES)).flatMap((path) => parseDeclarationPath(path) ?? []);
  const { declarations, problems: found } = await readDeclarations(clone, revision, graph, environment);
  const problems = new Map<string, string>();
  for (const { file = "", line = 1, column = 1, message } of found) {
    const service = parseDeclarationPath(file);
    if (service !== undefined && !problems.has(service)) problems.set(service, `${file}:${line}:${column}: ${message}`);
  }
  const good = declarations.filter(({ name }) => !problems.has(name));
  const here = new Set(declarations.map(({ name }) => name));
  const known = {
    retired: new Set(good.flatMap(({ name, retired }) => (retired.includes(environment) ? [name] : []))),
    declared: new Set(all),
    elsewhere: new Set(all.filter((name) => !here.has(name) && !problems.has(name))),
    problems,
  };
  try {
    const made = deliveryFiles(environment, good, await policyAt(clone, MAIN, graph));
    const files = good.flatMap(({ name: service }): [string, string][] => {
      const text = made.get(deliveryPath({ environment, service }));
      return text === undefined ? [] : [[service, text]];
    });
    return { ...known, files: new Map(files) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { ...known, files: new Map(), unreadable: error.message };
  }
}

/** The environments as `main` has them. A repository of an earlier version has no file of them. */
export async function graphOfMain(clone: Clone): Promise<EnvironmentGraph> {
  const text = await clone.read(MAIN, ENVIRONMENTS_PATH);
  return text === undefined ? localGraph() : parseGraph(text);
}

/** The texts of the files that a revision has with the objects that deliver services, by service. */
export async function deliveryFilesAt(
  clone: Clone,
  revision: string,
  environment: string,
): Promise<ReadonlyMap<string, string>> {
  const paths = await clone.list(revision, `${deliveryFolder(environment)}/`);
  const files = paths.flatMap((path) => {
    const file = parseDeliveryPath(path);
    return file?.environment === environment ? [{ path, service: file.service }] : [];
  });
  const texts = await clone.readBlobs(files.map(({ path }) => `${revision}:${path}`));
  return new Map(files.map(({ path, service }) => [service, texts.get(`${revision}:${path}`) ?? ""]));
}
