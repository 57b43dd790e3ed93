import type { ContentFile } from "./content";

/** Where `history` finds whose signatures count. */
export const SIGNERS_PATH = ".github/gitops/allowed_signers";

/** Who signs the record of a release, as Git calls signers. */
export const RELEASE_SIGNER = "gitops-release";

/**
 * The file of allowed signers, in OpenSSH's format. It is there without a key too, and trusts nobody then: a file that
 * came with the key, later, would be refused by the protections.
 * @param releasePublicKey The public half of the release App's key, as OpenSSH writes it.
 */
export function signersFile(releasePublicKey: string | undefined): ContentFile {
  const line = (key: string) => `${RELEASE_SIGNER} namespaces="git" ${key}`;
  const lines = [
    "# Whose signatures make a tag the record of a release. A key that is replaced stays here: what it signed must verify.",
    ...(releasePublicKey === undefined
      ? [
          "# None yet. It takes the public half of the release App's key (ssh-keygen -y -f key.pem), as the line",
          `# ${line("ssh-rsa AAAA…")}`,
        ]
      : [line(releasePublicKey)]),
  ];
  return { path: SIGNERS_PATH, text: `${lines.join("\n")}\n` };
}
