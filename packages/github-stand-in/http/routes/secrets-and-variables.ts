import type { components } from "@octokit/openapi-types";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { findEnvironment } from "../../domain/environments";
import { HttpError, notFound, unprocessable } from "../../domain/errors";
import { now, sameName } from "../../store/database";
import type { NamedValue } from "../../store/records";
import { adminTarget, type Context, writeTarget } from "../context";
import { paginate } from "../pagination";
import { parseBody } from "../request-body";

type Schemas = components["schemas"];

const nameSchema = z
  .string()
  .regex(/^(?!GITHUB_)[A-Za-z_][A-Za-z0-9_]*$/, "letters, digits, _; not GITHUB_ at its start");
const secretSchema = z.object({ encrypted_value: z.string().min(1), key_id: z.string() });

interface NameParams {
  Params: { owner: string; repo: string; name: string };
}

/**
 * Actions variables and secrets of a repository and of its deployment environments. No response contains a secret's
 * value.
 */
export function secretAndVariableRoutes(app: FastifyInstance, context: Context): void {
  valueRoutes(app, context, "/repos/:owner/:repo/actions", (request) => writeTarget(context, request).record);
  valueRoutes(app, context, "/repos/:owner/:repo/environments/:environment", (request) => {
    const { record } = adminTarget(context, request);
    const { environment: wanted = "" } = request.params as { environment?: string };
    const environment = findEnvironment(record, wanted);
    if (!environment) throw notFound();
    return environment;
  });
}

/** The owner of variables and secrets: a repository or a deployment environment. */
interface Holder {
  id: number;
  variables: NamedValue[];
  secrets: NamedValue[];
}

function valueRoutes(
  app: FastifyInstance,
  context: Context,
  base: string,
  holderOf: (request: FastifyRequest) => Holder,
): void {
  const { database, urls, secrets } = context;

  app.get<NameParams>(`${base}/variables`, (request, reply) => {
    const holder = holderOf(request);
    const variables = paginate(urls, request, reply, holder.variables.map(variableShape));
    return { total_count: holder.variables.length, variables };
  });

  app.post<NameParams>(`${base}/variables`, async (request, reply) => {
    const holder = holderOf(request);
    const { name, value } = parseBody(z.object({ name: nameSchema, value: z.string() }), request.body);
    if (find(holder.variables, name)) throw new HttpError(409, "Already exists - Variable already exists");
    const time = now();
    holder.variables.push({ name: name.toUpperCase(), value, createdAt: time, updatedAt: time });
    await database.save();
    return reply.code(201).send({});
  });

  app.get<NameParams>(`${base}/variables/:name`, (request) => {
    const holder = holderOf(request);
    return variableShape(found(holder.variables, request.params.name));
  });

  app.patch<NameParams>(`${base}/variables/:name`, async (request, reply) => {
    const holder = holderOf(request);
    const variable = found(holder.variables, request.params.name);
    const sent = parseBody(z.object({ name: nameSchema.optional(), value: z.string().optional() }), request.body);
    variable.name = sent.name?.toUpperCase() ?? variable.name;
    variable.value = sent.value ?? variable.value;
    variable.updatedAt = now();
    await database.save();
    return reply.code(204).send();
  });

  app.delete<NameParams>(`${base}/variables/:name`, async (request, reply) => {
    const holder = holderOf(request);
    const variable = found(holder.variables, request.params.name);
    holder.variables = holder.variables.filter((other) => other !== variable);
    await database.save();
    return reply.code(204).send();
  });

  app.get<NameParams>(`${base}/secrets/public-key`, async (request): Promise<Schemas["actions-public-key"]> => {
    const { id } = holderOf(request);
    return { key_id: String(id), key: await secrets.publicKey(id) };
  });

  app.get<NameParams>(`${base}/secrets`, (request, reply) => {
    const holder = holderOf(request);
    const page = paginate(urls, request, reply, holder.secrets.map(secretShape));
    return { total_count: holder.secrets.length, secrets: page };
  });

  app.get<NameParams>(`${base}/secrets/:name`, (request) => {
    const holder = holderOf(request);
    return secretShape(found(holder.secrets, request.params.name));
  });

  app.put<NameParams>(`${base}/secrets/:name`, async (request, reply) => {
    const holder = holderOf(request);
    const name = request.params.name.toUpperCase();
    if (!nameSchema.safeParse(name).success) throw unprocessable("Secret names may have letters, digits and _ only");
    const { key_id: keyId, encrypted_value: sealed } = parseBody(secretSchema, request.body);
    if (keyId !== String(holder.id)) throw unprocessable("Bad request - key_id does not match the public key");
    if (!(await secrets.put(holder.id, name, sealed))) {
      throw unprocessable("Bad request - the encrypted value could not be decrypted with the public key");
    }
    const existing = find(holder.secrets, name);
    const time = now();
    if (existing) existing.updatedAt = time;
    else holder.secrets.push({ name, value: "", createdAt: time, updatedAt: time });
    await database.save();
    return existing ? reply.code(204).send() : reply.code(201).send({});
  });

  app.delete<NameParams>(`${base}/secrets/:name`, async (request, reply) => {
    const holder = holderOf(request);
    const secret = found(holder.secrets, request.params.name);
    holder.secrets = holder.secrets.filter((other) => other !== secret);
    await secrets.forget(holder.id, secret.name);
    await database.save();
    return reply.code(204).send();
  });
}

function find(values: NamedValue[], name: string): NamedValue | undefined {
  return values.find((entry) => sameName(entry.name, name));
}

function found(values: NamedValue[], name: string): NamedValue {
  const entry = find(values, name);
  if (!entry) throw notFound();
  return entry;
}

function variableShape(entry: NamedValue): Schemas["actions-variable"] {
  return { name: entry.name, value: entry.value, created_at: entry.createdAt, updated_at: entry.updatedAt };
}

function secretShape(entry: NamedValue): Schemas["actions-secret"] {
  return { name: entry.name, created_at: entry.createdAt, updated_at: entry.updatedAt };
}
