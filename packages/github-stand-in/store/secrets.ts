import { join } from "node:path";
import { JsonFile } from "./json-file";

// libsodium adds its functions to this object once it is ready; the copy that `import *` makes would lack them.
// eslint-disable-next-line @typescript-eslint/no-require-imports
import sodium = require("libsodium-wrappers");

interface Vault {
  /** Id of a repository or environment → its X25519 key pair, in base64. */
  keys: Record<string, { publicKey: string; privateKey: string }>;
  /** Id of a repository or environment → secret name → value. */
  values: Record<string, Record<string, string>>;
}

/**
 * The values of secrets and the keys that clients encrypt them with. They are in a separate file, `secrets.json`, that
 * only its owner can read.
 */
export class Secrets {
  private readonly file: JsonFile<Vault>;

  private constructor(folder: string) {
    this.file = new JsonFile<Vault>(join(folder, "secrets.json"), { keys: {}, values: {} });
  }

  /** Opens the secrets of a data folder. */
  static async open(folder: string): Promise<Secrets> {
    await sodium.ready;
    return new Secrets(folder);
  }

  /** The public key of a holder (a repository or an environment), in base64. Generated when it is first requested. */
  async publicKey(holder: number): Promise<string> {
    const { keys } = this.file.value;
    let pair = keys[holder];
    if (!pair) {
      const { publicKey, privateKey } = sodium.crypto_box_keypair();
      pair = keys[holder] = { publicKey: base64(publicKey), privateKey: base64(privateKey) };
      await this.file.save();
    }
    return pair.publicKey;
  }

  /** Stores a secret. Returns false, and stores nothing, if it was not encrypted with the holder's public key. */
  async put(holder: number, name: string, sealed: string): Promise<boolean> {
    const { keys, values } = this.file.value;
    const pair = keys[holder];
    const value = pair && open(sealed, pair);
    if (value === undefined) return false;
    values[holder] = { ...values[holder], [name]: value };
    await this.file.save();
    return true;
  }

  /** The secrets of a holder: name → value. For jobs only: no response contains one. */
  values(holder: number): Record<string, string> {
    return { ...this.file.value.values[holder] };
  }

  /** Deletes one secret of a holder; without a name all of them and its key. */
  async forget(holder: number, name?: string): Promise<void> {
    const { keys, values } = this.file.value;
    if (name === undefined) Reflect.deleteProperty(keys, String(holder));
    if (name === undefined) Reflect.deleteProperty(values, String(holder));
    else Reflect.deleteProperty(values[holder] ?? {}, name);
    await this.file.save();
  }
}

function open(sealed: string, { publicKey, privateKey }: Vault["keys"][string]): string | undefined {
  try {
    const box = sodium.from_base64(sealed, sodium.base64_variants.ORIGINAL);
    return sodium.to_string(sodium.crypto_box_seal_open(box, bytes(publicKey), bytes(privateKey)));
  } catch {
    return undefined;
  }
}

function bytes(base64: string): Uint8Array {
  return sodium.from_base64(base64, sodium.base64_variants.ORIGINAL);
}

function base64(value: Uint8Array): string {
  return sodium.to_base64(value, sodium.base64_variants.ORIGINAL);
}
