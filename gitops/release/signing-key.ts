import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa, ExecaError } from "execa";
import { normalizedPem } from "../../environments/keys";
import { Failure } from "../failure";

/**
 * Puts a private key, in any of the forms that {@link normalizedPem} takes, where git and ssh-keygen can read it, this
 * user alone, as long as it is used.
 * @throws {Failure} where it is no key, or ssh-keygen is missing.
 */
export async function withSigningKey<T>(pem: string, use: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "gitops-key-"));
  const file = join(folder, "key");
  try {
    await writeFile(file, normalizedPem(pem), { mode: 0o600 });
    // ssh-keygen does not find the public half in a PEM file by itself when it signs.
    await writeFile(`${file}.pub`, `${await publicHalf(file)}\n`);
    return await use(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function publicHalf(file: string): Promise<string> {
  try {
    return (await execa("ssh-keygen", ["-y", "-P", "", "-f", file])).stdout;
  } catch (error) {
    // Not what ssh-keygen says: it may name the key.
    const isMissing = error instanceof ExecaError && error.code === "ENOENT";
    throw new Failure(
      isMissing
        ? "ssh-keygen: got nothing on PATH; expected OpenSSH 8.2 or later, which signs the record of an approval. Install it."
        : "GITOPS_SIGNING_KEY: got something else; expected a private key in PEM, without a password, such as a GitHub App's.",
    );
  }
}
