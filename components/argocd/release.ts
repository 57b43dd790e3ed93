import supported from "../../supported.json";

/** The version of Argo CD that this program installs. */
export const ARGOCD_VERSION = supported.argocd;

/** A file below `manifests/` of the release, and what it must contain. */
export interface PinnedManifest {
  readonly file: string;
  /** SHA-256 of the file as it was published with the release, in hexadecimal. */
  readonly sha256: string;
}

/** Argo CD on any number of nodes: one of each. */
export const STANDARD: PinnedManifest = {
  file: "install.yaml",
  sha256: "7be23ca7d9ca3d3074dee8332f1ca92a933b990cee7c9cf22cf3843ee8c2913e",
};

/** Argo CD replicated, on three nodes or more. */
export const HIGH_AVAILABILITY: PinnedManifest = {
  file: "ha/install.yaml",
  sha256: "37b0e8f5ff512017cda28578fecdb585267ec69e02954a67449296724635b05a",
};
