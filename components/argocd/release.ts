import supported from "../../supported.json";

/** The version of Argo CD that this program installs. */
export const ARGOCD_VERSION = supported.argocd;

/** A file in the release's folder `manifests/`, and its checksum. */
export interface PinnedManifest {
  readonly file: string;
  /** The SHA-256 of the published file, in hexadecimal. */
  readonly sha256: string;
}

/** Argo CD with one replica of each component; runs on any number of nodes. */
export const STANDARD: PinnedManifest = {
  file: "install.yaml",
  sha256: "7be23ca7d9ca3d3074dee8332f1ca92a933b990cee7c9cf22cf3843ee8c2913e",
};

/** Argo CD with several replicas; needs at least three nodes. */
export const HIGH_AVAILABILITY: PinnedManifest = {
  file: "ha/install.yaml",
  sha256: "37b0e8f5ff512017cda28578fecdb585267ec69e02954a67449296724635b05a",
};
