import { catalogueBranch } from "@gitops-platform/contract/branches";
import { declarationPath, type ServiceDeclaration } from "@gitops-platform/contract/catalogue";
import { Failure } from "@gitops-platform/contract/failure";
import { valuesPath } from "@gitops-platform/contract/paths";
import { SERVICE_SOURCE } from "@gitops-platform/contract/source";
import { MAIN } from "../git/refs";
import type { Waiting } from "../polling";
import type { Session } from "../session";
import { serviceProblem } from "../values/files";
import { type CatalogueChange, type Plan, proposeChange, type ServiceOutcome } from "./change";
import { readDeclarations } from "./declaration";
import { withEnvironments } from "@gitops-platform/contract/declaration-text";
import { branchWithWorkload } from "./steps";

/** A service to retire. */
export interface RetireOrder {
  readonly service: string;
  /** Where; undefined: in all of its environments. */
  readonly environments: readonly string[] | undefined;
  readonly reason: string;
}

/**
 * Retires a service in two steps, each a pull request: the first removes its values, so that its workload is deleted
 * while the namespace stays; once it is deleted, the next run removes the declaration from these environments, or as a
 * whole. Repeating a step changes nothing.
 * @throws {Failure} with everything that is wrong with the order.
 */
export async function retireService(session: Session, order: RetireOrder, waiting: Waiting): Promise<ServiceOutcome> {
  const plan = async (main: string): Promise<Plan> => {
    const { clone, graph } = session;
    const { declarations } = await readDeclarations(clone, main, graph);
    const present = declarations.find(({ name }) => name === order.service);
    const problems = orderProblems(order, present);
    if (!present) return goneOrUnknown(session, order, declarations, problems);
    if (problems.length > 0) throw new Failure(...problems);
    const wanted = order.environments ?? [...present.environments, ...present.retired];
    const running = wanted.filter((environment) => present.environments.includes(environment));
    const text = (await clone.read(main, declarationPath(present.name))) ?? "";
    return running.length > 0
      ? mark(order, present, running, text)
      : remove(session, order, { present, wanted, text, main });
  };
  return proposeChange(session, catalogueBranch("retire", order.service), plan, waiting);
}

/** The problems of an order. An unknown service is reported elsewhere. */
function orderProblems({ environments = [], reason }: RetireOrder, present: ServiceDeclaration | undefined): string[] {
  const all = present ? [...present.environments, ...present.retired] : environments;
  const wrong = environments.filter((environment) => !all.includes(environment));
  return [
    ...wrong.map((environment) => {
      const rule = `one of its environments: ${all.join(", ")}`;
      const place = `where ${present?.name ?? ""} is not`;
      return `env: got ${JSON.stringify(environment)}, ${place}; expected ${rule}. Correct it.`;
    }),
    ...(reason.trim() === "" ? ['reason: got nothing; expected why it is retired. Say it: --reason "<why>".'] : []),
  ];
}

/** Without its declaration, an environment may still have to release the removal. */
async function goneOrUnknown(
  { clone, graph }: Session,
  { service }: RetireOrder,
  declarations: readonly ServiceDeclaration[],
  problems: readonly string[],
): Promise<ServiceOutcome> {
  const past = await clone.git("log", "--format=%H", "--max-count=1", MAIN, "--", declarationPath(service));
  const names = declarations.map(({ name }) => name);
  const unknown = past === "" ? serviceProblem(service, names) : undefined;
  const found = [...(unknown === undefined ? [] : [unknown]), ...problems];
  if (found.length > 0) throw new Failure(...found);
  const summary = `Remove ${service} from the catalogue`;
  const waits = graph.approved.length > 0 ? ` A release removes it from ${graph.approved.join(", ")}.` : "";
  return { service, state: "already", summary, reason: `main does not declare it any more.${waits}` };
}

/** The first step. */
function mark(
  { service, reason }: RetireOrder,
  present: ServiceDeclaration,
  running: readonly string[],
  text: string,
): CatalogueChange {
  const lists = {
    environments: present.environments.filter((environment) => !running.includes(environment)),
    retired: [...present.retired, ...running],
  };
  const places = running.join(", ");
  return {
    service,
    texts: new Map([
      [declarationPath(service), withEnvironments(text, lists)],
      ...running.map(
        (environment) => [valuesPath({ environment, service }, present.source ?? SERVICE_SOURCE), null] as const,
      ),
    ]),
    subject: `Retire ${service} in ${places}`,
    reason,
    body: [
      `**Argo CD deletes the workload of \`${service}\` in ${places}.** Where releases are approved, it does so ` +
        "after the approval, and the release lists every object. The namespace and the Application stay.",
      `Afterwards \`gitops service retire ${service}\` removes the declaration.`,
      `Why: ${reason}`,
    ],
  };
}

interface Retired {
  readonly present: ServiceDeclaration;
  readonly wanted: readonly string[];
  readonly text: string;
  readonly main: string;
}

/** The second step, or what it waits for. */
async function remove(
  { clone, graph }: Session,
  { service, reason }: RetireOrder,
  { present, wanted, text, main }: Retired,
): Promise<Plan> {
  const retired = present.retired.filter((environment) => !wanted.includes(environment));
  const isWhole = present.environments.length + retired.length === 0;
  const subject = isWhole ? `Remove ${service} from the catalogue` : `Remove ${service} from ${wanted.join(", ")}`;
  const waits: string[] = [];
  for (const environment of wanted) {
    const branch = await branchWithWorkload(clone, graph, { environment, service }, main);
    if (branch !== undefined) {
      waits.push(`${environment}: ${branch} still has its workload. Have the release into ${branch} approved.`);
    }
  }
  if (waits.length > 0) return { service, state: "waits", summary: subject, reason: waits.join(" ") };
  const joined = await joinedBy(clone, graph, main, service);
  if (isWhole && joined.length > 0) {
    const rule = `nobody in the namespace ${present.namespace}, which it owns`;
    throw new Failure(
      `service: got ${service}, which ${joined.join(", ")} joins; expected ${rule}. Retire those first.`,
    );
  }
  return {
    service,
    texts: new Map([[declarationPath(service), isWhole ? null : withEnvironments(text, { ...present, retired })]]),
    subject,
    reason,
    body: [
      `Its workload is deleted in ${wanted.join(", ")}. This removes its Application and its AppProject there.`,
      ...(present.joins === undefined
        ? [`The namespace \`${present.namespace}\` is deleted as well, except where the environment keeps namespaces.`]
        : []),
      `Why: ${reason}`,
    ],
  };
}

async function joinedBy(clone: Session["clone"], graph: Session["graph"], main: string, service: string) {
  const { declarations } = await readDeclarations(clone, main, graph);
  return declarations.filter(({ joins }) => joins === service).map(({ name }) => name);
}
