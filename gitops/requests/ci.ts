import { parse } from "yaml";
import { CI_PATH, type CiSettings } from "../../components/repository/ci-file";
import { Failure } from "../failure";
import type { Clone } from "../git/clone";
import { MAIN } from "../git/refs";

/**
 * Who CI is, as `main` says it. A repository without the file names nobody.
 * @throws {Failure} where the file says something else than the platform writes: what cannot be read must not count as
 * nobody.
 */
export async function readCi(clone: Clone): Promise<CiSettings> {
  const text = await clone.read(MAIN, CI_PATH);
  return text === undefined ? { accounts: [], repositories: {} } : parseCi(text);
}

/** Reads the file's text. Throws {@link Failure} where it is not what {@link readCi} takes. */
export function parseCi(text: string): CiSettings {
  const { accounts, repositories } = mapIn(text);
  if (!Array.isArray(accounts) || !accounts.every(isText)) throw malformed("accounts", "a list of logins");
  if (!isMap(repositories) || !Object.values(repositories).every(isText)) {
    throw malformed("repositories", "a map of services to repositories");
  }
  return { accounts, repositories: repositories as Record<string, string> };
}

function mapIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = parse(text);
    if (isMap(value)) return value;
  } catch {
    // Said below, as for every other text.
  }
  throw malformed("the file", "a map with accounts and repositories");
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function malformed(key: string, expected: string): Failure {
  const fix = "Bring the platform's file again: gitops platform.";
  return new Failure(`${CI_PATH}: got another form of ${key}; expected ${expected}. ${fix}`);
}
