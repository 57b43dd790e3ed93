import { join } from "node:path";
import { JsonFile } from "./json-file";
import type { AccountRecord, AppRecord, Records, RepositoryRecord, TeamRecord } from "./records";

/** The format of `database.json`. Increase it with every change of the records that older data do not fit. */
const FORMAT = 1;

/** Accounts, teams and repositories, stored in `database.json`. Names are compared case-insensitively, as on GitHub. */
export class Database {
  private readonly file: JsonFile<Records>;

  constructor(folder: string) {
    const path = join(folder, "database.json");
    const nothing = { format: FORMAT, nextId: 1, accounts: [], teams: [], repositories: [] };
    this.file = new JsonFile<Records>(path, nothing);
    const { format } = this.file.value as Partial<Records>;
    if (format !== FORMAT) {
      throw new Error(
        `${path}: got format ${format ?? "none"}; expected ${FORMAT}. It is of another version of the stand-in: ` +
          "run `npm run reset`, or delete its folder.",
      );
    }
  }

  get accounts(): AccountRecord[] {
    return this.file.value.accounts;
  }

  get teams(): TeamRecord[] {
    return this.file.value.teams;
  }

  get repositories(): RepositoryRecord[] {
    return this.file.value.repositories;
  }

  get apps(): AppRecord[] {
    return (this.file.value.apps ??= []);
  }

  /** Removes the Apps of an earlier seed. */
  removeSeededApps(): void {
    this.file.value.apps = this.apps.filter(({ seeded }) => !seeded);
  }

  /** Returns an id that no record has had before. */
  nextId(): number {
    return this.file.value.nextId++;
  }

  account(login: string): AccountRecord | undefined {
    return this.accounts.find((account) => sameName(account.login, login));
  }

  app(slug: string): AppRecord | undefined {
    return this.apps.find((app) => sameName(app.slug, slug));
  }

  team(organization: string, slug: string): TeamRecord | undefined {
    return this.teams.find((team) => sameName(team.organization, organization) && sameName(team.slug, slug));
  }

  repository(owner: string, name: string): RepositoryRecord | undefined {
    return this.repositories.find((record) => sameName(record.owner, owner) && sameName(record.name, name));
  }

  /** Removes a repository's record. */
  removeRepository(id: number): void {
    this.file.value.repositories = this.repositories.filter((record) => record.id !== id);
  }

  /** Resolves when all changes so far are on disk. */
  save(): Promise<void> {
    return this.file.save();
  }

  /** Saves without waiting, for changes that no response depends on. */
  saveSoon(): void {
    this.save().catch((error: unknown) => {
      process.stderr.write(`database.json: ${String(error)}\n`);
    });
  }
}

/** Whether two logins or repository names are equal; case does not matter. */
export function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** The current time in GitHub's format: UTC, whole seconds. */
export function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, "Z");
}
