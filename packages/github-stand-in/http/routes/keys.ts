import type { components } from "@octokit/openapi-types";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { notFound, validationFailed } from "../../domain/errors";
import { now } from "../../store/database";
import type { DeployKeyRecord, RepositoryRecord } from "../../store/records";
import { adminTarget, type Context } from "../context";
import { paginate } from "../pagination";
import { parseBody } from "../request-body";

const createSchema = z.object({ title: z.string().optional(), key: z.string(), read_only: z.boolean().default(false) });

interface KeyParams {
  Params: { owner: string; repo: string; key: string };
}

/** Deploy keys: create, read, delete. They are only stored, because there is no SSH here. */
export function keyRoutes(app: FastifyInstance, context: Context): void {
  const { database, urls } = context;
  const base = "/repos/:owner/:repo/keys";

  app.get<KeyParams>(base, (request, reply) => {
    const { record } = adminTarget(context, request);
    return paginate(
      urls,
      request,
      reply,
      record.keys.map((key) => shape(record, key)),
    );
  });

  app.post<KeyParams>(base, async (request, reply) => {
    const { record, actor } = adminTarget(context, request);
    const { title, key: text, read_only: readOnly } = parseBody(createSchema, request.body);
    // GitHub stores a key without its comment, and requires that it is unique on the whole server.
    const [type = "", body = ""] = text.trim().split(/\s+/);
    if (!/^(ssh|ecdsa|sk)-[\w@.-]+$/.test(type) || !/^AAAA[A-Za-z0-9+/]{20,}={0,2}$/.test(body)) {
      throw keyError("key is invalid. You must supply a key in OpenSSH public key format");
    }
    const value = `${type} ${body}`;
    if (database.repositories.some((other) => other.keys.some((key) => key.key === value))) {
      throw keyError("key is already in use");
    }
    const id = database.nextId();
    const key: DeployKeyRecord = {
      id,
      title: title ?? "",
      key: value,
      readOnly,
      createdAt: now(),
      addedBy: actor.account.login,
    };
    record.keys.push(key);
    await database.save();
    return reply.code(201).send(shape(record, key));
  });

  app.get<KeyParams>(`${base}/:key`, (request) => {
    const { record } = adminTarget(context, request);
    return shape(record, find(record, request.params.key));
  });

  app.delete<KeyParams>(`${base}/:key`, async (request, reply) => {
    const { record } = adminTarget(context, request);
    const key = find(record, request.params.key);
    record.keys = record.keys.filter((other) => other !== key);
    await database.save();
    return reply.code(204).send();
  });

  function shape(record: RepositoryRecord, key: DeployKeyRecord): components["schemas"]["deploy-key"] {
    return {
      id: key.id,
      key: key.key,
      url: urls.repo(record, `/keys/${key.id}`),
      title: key.title,
      verified: true,
      created_at: key.createdAt,
      read_only: key.readOnly,
      added_by: key.addedBy,
      last_used: null,
      enabled: true,
    };
  }
}

function find(record: RepositoryRecord, id: string): DeployKeyRecord {
  const key = record.keys.find((entry) => String(entry.id) === id);
  if (!key) throw notFound();
  return key;
}

function keyError(message: string) {
  return validationFailed([{ resource: "PublicKey", field: "key", code: "custom", message }]);
}
