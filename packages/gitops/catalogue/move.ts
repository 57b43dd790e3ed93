import { catalogueBranch } from "@gitops-platform/contract/branches";
import { declarationPath } from "@gitops-platform/contract/catalogue";
import { Failure } from "@gitops-platform/contract/failure";
import { isNamespaceName, NAMESPACE_RULE } from "@gitops-platform/environments/names";
import type { Waiting } from "../polling";
import type { Session } from "../session";
import { serviceProblem } from "../values/files";
import { type Plan, proposeChange, type ServiceOutcome } from "./change";
import { readDeclarations } from "./declaration";
import { withNamespace } from "@gitops-platform/contract/declaration-text";
import { policyAt } from "./policy";
import { stepProblems } from "./steps";

/** A service to move into another namespace. */
export interface MoveOrder {
  readonly service: string;
  readonly namespace: string;
}

/**
 * Opens a pull request that moves a service into another namespace of its own. Argo CD deletes the old one with
 * everything in it. Repeating it changes nothing.
 * @throws {Failure} where that must not happen, with what to do instead.
 */
export async function moveService(session: Session, order: MoveOrder, waiting: Waiting): Promise<ServiceOutcome> {
  const { service, namespace } = order;
  const subject = `Move ${service} to the namespace ${namespace}`;
  const plan = async (main: string): Promise<Plan> => {
    const { clone, graph } = session;
    const { declarations } = await readDeclarations(clone, main, graph);
    const names = declarations.map(({ name }) => name);
    const wrong = [serviceProblem(service, names), namespaceProblem(namespace)].filter((each) => each !== undefined);
    if (wrong.length > 0) throw new Failure(...wrong);
    const present = declarations.find(({ name }) => name === service);
    if (!present || present.namespace === namespace) return { service, state: "already", summary: subject };
    const policy = await policyAt(clone, main, graph);
    const moved = declarations.map((each) => (each.name === service ? { ...each, namespace } : each));
    const problems = await stepProblems({ clone, graph, policy, main, before: declarations, after: moved });
    if (problems.length > 0) throw new Failure(...problems.map(({ message }) => message));
    const path = declarationPath(service);
    const text = (await clone.read(main, path)) ?? "";
    const from = present.namespace;
    const places = present.environments.join(", ");
    return {
      service,
      texts: new Map([[path, withNamespace(text, namespace)]]),
      subject,
      body: [
        `Moves \`${service}\` from the namespace \`${from}\` to \`${namespace}\` in ${places}.`,
        `**Argo CD deletes the namespace \`${from}\` with everything in it**, also what Git does not declare: ` +
          "volumes, and Secrets that somebody made by hand. The service stops meanwhile, and other services reach it " +
          `at \`${service}.${namespace}\` from then on.`,
      ],
    };
  };
  return proposeChange(session, catalogueBranch("move", service), plan, waiting);
}

function namespaceProblem(namespace: string): string | undefined {
  if (isNamespaceName(namespace)) return undefined;
  return `namespace: got ${JSON.stringify(namespace)}; expected ${NAMESPACE_RULE}. Choose another name.`;
}
