import { generateKeyPair, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { z } from "zod";
import { type Database, now } from "../store/database";
import type { AppRecord, RepositoryRecord } from "../store/records";
import { SCOPES } from "./access/token-scopes";
import { botAccount, grantsOf } from "./access/seed";
import { notFound } from "./errors";

/** Lifetime of the code of a new App, in milliseconds: an hour, as on GitHub. */
const CODE_LIFETIME_MS = 3_600_000;

/** Maximum length of an App's name on GitHub, in characters. */
const MAX_NAME = 34;

/**
 * The manifest of a GitHub App:
 * https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest. GitHub's other fields
 * are refused, because they would have no effect here.
 */
export const manifestSchema = z.strictObject({
  name: z.string().min(1).max(MAX_NAME),
  url: z.url(),
  redirect_url: z.url(),
  description: z.string().optional(),
  public: z.boolean().optional(),
  default_permissions: z.partialRecord(z.enum(SCOPES), z.enum(["read", "write"])).default({}),
  default_events: z.array(z.string()).max(0).default([]),
  // GitHub refuses the object without a URL, even for an inactive webhook.
  hook_attributes: z.strictObject({ url: z.url(), active: z.literal(false) }).optional(),
});
export type AppManifest = z.infer<typeof manifestSchema>;

/** What GitHub tells once about a new App. */
export interface NewApp {
  app: AppRecord;
  clientId: string;
  clientSecret: string;
  /** The private key, in PEM. GitHub keeps only the public part. */
  pem: string;
}

/** Creates Apps from manifests, and hands out their private keys for one-time codes. */
export class AppManifests {
  /** Code → the new App. In memory only: they contain private keys. */
  private readonly codes = new Map<string, NewApp & { expires: number }>();

  constructor(
    private readonly database: Database,
    private readonly clock: () => number = Date.now,
  ) {}

  /** Creates an App of an account. Returns the code for {@link convert}; undefined if the name is taken. */
  async create(owner: string, manifest: AppManifest): Promise<string | undefined> {
    const slug = slugOf(manifest.name);
    const { database } = this;
    if (database.account(slug) || database.account(`${slug}[bot]`) || database.app(slug)) return undefined;
    const { publicKey, privateKey } = await promisify(generateKeyPair)("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
    });
    const account = botAccount(database, slug, {});
    const app: AppRecord = {
      ...{ id: database.nextId(), slug, name: manifest.name, owner, description: manifest.description ?? null },
      ...{ externalUrl: manifest.url, permissions: manifest.default_permissions, publicKey },
      ...{ createdAt: now(), seeded: false, installation: null },
    };
    account.app = { id: app.id, slug };
    database.apps.push(app);
    await database.save();
    const code = random(20);
    const clientId = `Iv1.${random(8)}`;
    const expires = this.clock() + CODE_LIFETIME_MS;
    this.codes.set(code, { app, clientId, clientSecret: random(20), pem: privateKey, expires });
    return code;
  }

  /** The new App of a code, which is valid once and for an hour. Throws 404. */
  convert(code: string): NewApp {
    const found = this.codes.get(code);
    this.codes.delete(code);
    if (!found || found.expires <= this.clock()) throw notFound();
    return found;
  }

  /** Installs an App on one repository, or on all of its owner's. */
  async install(app: AppRecord, owner: string, repository: RepositoryRecord | undefined): Promise<void> {
    const { database } = this;
    const repositories = [`${owner}/${repository?.name ?? "*"}`];
    const { id, createdAt } = app.installation ?? { id: database.nextId(), createdAt: now() };
    app.installation = { id, repositories, createdAt };
    botAccount(database, app.slug, grantsOf(app.permissions, repositories));
    await database.save();
  }
}

/** GitHub's name of an App in URLs: lower case, with hyphens between words. */
function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}

function random(bytes: number): string {
  return randomBytes(bytes).toString("hex");
}
