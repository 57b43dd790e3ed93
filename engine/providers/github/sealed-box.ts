import sodium from "libsodium-wrappers";

/**
 * Encrypts a value as GitHub takes secrets: so that only the holder of the private key reads it, and the same value
 * looks different each time.
 * @param publicKey GitHub's, in base64; the answer is in base64 too.
 */
export async function seal(value: string, publicKey: string): Promise<string> {
  await sodium.ready;
  const sealed = sodium.crypto_box_seal(Buffer.from(value), Buffer.from(publicKey, "base64"));
  return Buffer.from(sealed).toString("base64");
}
