import { join } from "node:path";
import { JsonFile } from "./json-file";
import type { AccountRecord, Records, RepositoryRecord } from "./records";

/** Accounts and repositories, kept in `database.json`. Names are compared without case, as GitHub does. */
export class Database {
  private readonly file: JsonFile<Records>;

  constructor(folder: string) {
    this.file = new JsonFile<Records>(join(folder, "database.json"), { nextId: 1, accounts: [], repositories: [] });
  }

  /** Every account. */
  get accounts(): AccountRecord[] {
    return this.file.value.accounts;
  }

  /** Every repository. */
  get repositories(): RepositoryRecord[] {
    return this.file.value.repositories;
  }

  /** An id that no record had before. */
  nextId(): number {
    return this.file.value.nextId++;
  }

  /** An account by its login. */
  account(login: string): AccountRecord | undefined {
    return this.accounts.find((account) => sameName(account.login, login));
  }

  /** A repository by its owner's login and its name. */
  repository(owner: string, name: string): RepositoryRecord | undefined {
    return this.repositories.find((record) => sameName(record.owner, owner) && sameName(record.name, name));
  }

  /** Take a repository out. */
  removeRepository(id: number): void {
    this.file.value.repositories = this.repositories.filter((record) => record.id !== id);
  }

  /** Resolves when everything changed until now is on disk. */
  save(): Promise<void> {
    return this.file.save();
  }

  /** Save without waiting: for what no answer depends on. */
  saveSoon(): void {
    this.save().catch((error: unknown) => {
      process.stderr.write(`database.json: ${String(error)}\n`);
    });
  }
}

/** Whether two logins or repository names mean the same. */
export function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** The present time as GitHub writes it: UTC, whole seconds. */
export function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, "Z");
}
