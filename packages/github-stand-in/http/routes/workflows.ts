import type { components } from "@octokit/openapi-types";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Actions } from "../../actions/actions";
import { dispatchInputs } from "../../actions/events/starts";
import { type WorkflowFile, workflowFile, workflowFiles } from "../../actions/workflow/files";
import { readTriggers, workflowName } from "../../actions/workflow/read";
import type { Triggers } from "../../actions/workflow/triggers";
import { notFound, unprocessable } from "../../domain/errors";
import { commonPayload } from "../../domain/webhooks/payloads";
import type { Git } from "../../git/git";
import { branchOfRef } from "../../git/ref-names";
import { readRef, type Ref } from "../../git/refs";
import { workflowShape } from "../../shapes/workflow-runs";
import { type Context, readTarget, type Target, writeTarget } from "../context";
import { paginate } from "../pagination";
import { parseBody } from "../request-body";

const dispatchSchema = z.object({
  ref: z.string(),
  inputs: z.record(z.string(), z.union([z.string(), z.boolean(), z.number()])).default({}),
});

interface WorkflowParams {
  Params: { owner: string; repo: string; workflow: string };
}

/** The workflows of a repository, and starting one manually. */
export function workflowRoutes(app: FastifyInstance, context: Context, actions: Actions): void {
  const base = "/repos/:owner/:repo/actions/workflows";

  app.get<WorkflowParams>(base, async (request, reply) => {
    const target = readTarget(context, request);
    const workflows = (await filesOf(target)).map((file) => shape(target, file));
    return { total_count: workflows.length, workflows: paginate(context.urls, request, reply, workflows) };
  });

  app.get<WorkflowParams>(`${base}/:workflow`, async (request) => {
    const target = readTarget(context, request);
    return shape(target, await fileOf(target, request));
  });

  app.post<WorkflowParams>(`${base}/:workflow/dispatches`, async (request, reply) => {
    const target = writeTarget(context, request);
    const { record, git, actor } = target;
    const { path } = await fileOf(target, request);
    const sent = parseBody(dispatchSchema, request.body);
    const ref = await refOf(git, sent.ref);
    if (!ref) throw unprocessable(`No ref found for: ${sent.ref}`);
    const sha = await git.run(["rev-parse", `${ref.sha}^{commit}`]);
    const text = await workflowFile(git, sha, path);
    const dispatch = text === undefined ? undefined : triggersOf(path, text).workflow_dispatch;
    if (text === undefined || dispatch === undefined) {
      throw unprocessable("Workflow does not have 'workflow_dispatch' trigger");
    }
    const inputs = dispatchInputs(dispatch?.inputs ?? {}, sent.inputs);
    const texts = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, String(value)]));
    const payload = { inputs: texts, ref: ref.name, workflow: path, ...commonPayload(context, record, actor) };
    const headBranch = branchOfRef(ref.name) ?? null;
    const occurrence = {
      event: "workflow_dispatch" as const,
      sender: actor.account.login,
      payload,
      ...{ ref: ref.name, sha, headSha: sha, headBranch, baseRef: "", headRef: "", chain: 0 },
      files: () => Promise.resolve([]),
    };
    await actions.start(record, path, text, occurrence, inputs);
    return reply.code(204).send();
  });

  function shape({ record }: Target, { path, text }: WorkflowFile): components["schemas"]["workflow"] {
    return workflowShape(context, record, actions.store.workflow(record.id, path), workflowName(path, text));
  }

  async function fileOf(target: Target, request: FastifyRequest<WorkflowParams>): Promise<WorkflowFile> {
    const { workflow: wanted } = request.params;
    const file = (await filesOf(target)).find(
      ({ path }) =>
        path.split("/").at(-1) === wanted || String(actions.store.workflow(target.record.id, path).id) === wanted,
    );
    if (!file) throw notFound();
    return file;
  }
}

/** The workflows of a repository are those on its default branch. */
async function filesOf({ record, git }: Target): Promise<WorkflowFile[]> {
  const ref = await readRef(git, `refs/heads/${record.settings.default_branch}`);
  return ref ? workflowFiles(git, ref.sha) : [];
}

async function refOf(git: Git, name: string): Promise<Ref | undefined> {
  if (name.startsWith("refs/")) return readRef(git, name);
  return (await readRef(git, `refs/heads/${name}`)) ?? (await readRef(git, `refs/tags/${name}`));
}

function triggersOf(path: string, text: string): Triggers {
  try {
    return readTriggers(path, text);
  } catch (error) {
    throw unprocessable(`failed to parse workflow: ${error instanceof Error ? error.message : String(error)}`);
  }
}
