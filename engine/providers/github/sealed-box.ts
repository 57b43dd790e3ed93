import sodium from "libsodium-wrappers";

/**
 * Encrypts a value as GitHub requires for secrets (libsodium sealed box): only the holder of the private key can
 * decrypt it, and the ciphertext differs each time.
 * @param publicKey GitHub's public key, in base64.
 * @returns the ciphertext, in base64.
 */
export async function seal(value: string, publicKey: string): Promise<string> {
  await sodium.ready;
  const sealed = sodium.crypto_box_seal(Buffer.from(value), Buffer.from(publicKey, "base64"));
  return Buffer.from(sealed).toString("base64");
}
