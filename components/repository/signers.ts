import type { ContentFile } from "./content";

/** The file from which `gitops history` reads the trusted signing keys. */
export const SIGNERS_PATH = ".github/gitops/allowed_signers";

/** The principal that signs release records. */
export const RELEASE_SIGNER = "gitops-release";

/**
 * The allowed signers file, in OpenSSH's format. Without a key the file is still created and trusts nobody, because the
 * rulesets would refuse to add it later together with the key.
 * @param releasePublicKey The public key of the release App, in OpenSSH's format.
 */
export function signersFile(releasePublicKey: string | undefined): ContentFile {
  const line = (key: string) => `${RELEASE_SIGNER} namespaces="git" ${key}`;
  const lines = [
    "# The keys that sign release records. Keep a replaced key here, so that the records it signed can be verified.",
    ...(releasePublicKey === undefined
      ? [
          "# None yet. Add the public key of the release App (ssh-keygen -y -f key.pem) as the line",
          `# ${line("ssh-rsa AAAA…")}`,
        ]
      : [line(releasePublicKey)]),
  ];
  return { path: SIGNERS_PATH, text: `${lines.join("\n")}\n` };
}
