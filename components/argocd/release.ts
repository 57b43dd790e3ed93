/** A file in a release's folder `manifests/`, and its checksum. */
export interface PinnedManifest {
  readonly version: string;
  readonly file: string;
  /** The SHA-256 of the published file, in hexadecimal. */
  readonly sha256: string;
}

/** The two manifests of a reviewed release. */
export interface Release {
  /** Argo CD with one replica of each component; runs on any number of nodes. */
  readonly standard: PinnedManifest;
  /** Argo CD with several replicas; needs at least three nodes. */
  readonly highAvailability: PinnedManifest;
}

/**
 * Every release that a stack may install, by its version. Two at least, so that one environment can run a new release
 * before the others do. 3.5 has no `server.rbac.rollback.enforce.enable`, which the platform needs.
 */
export const RELEASES: Readonly<Record<string, Release>> = {
  "3.6.0": release("3.6.0", {
    standard: "c1d7ec243fa63ce675d71e564775ae42bf11608d35436d5c5951365b6c86fa6a",
    highAvailability: "467a782acfb34bb1a91290c2d5704fa822445aab80b2ad9b87553e6b108119b4",
  }),
  "3.6.1": release("3.6.1", {
    standard: "7be23ca7d9ca3d3074dee8332f1ca92a933b990cee7c9cf22cf3843ee8c2913e",
    highAvailability: "37b0e8f5ff512017cda28578fecdb585267ec69e02954a67449296724635b05a",
  }),
};

function release(version: string, sha256: { readonly standard: string; readonly highAvailability: string }): Release {
  return {
    standard: { version, file: "install.yaml", sha256: sha256.standard },
    highAvailability: { version, file: "ha/install.yaml", sha256: sha256.highAvailability },
  };
}
