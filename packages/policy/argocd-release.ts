/**
 * The versions of Argo CD that the platform may run. Repeats components/argocd/release.ts on purpose, so that an
 * upgrade needs a change in both.
 */
const ARGOCD_VERSIONS = ["3.6.0", "3.6.1"];

/** The images in these releases' manifests, with and without high availability. */
export const ARGOCD_IMAGES: readonly string[] = [
  ...ARGOCD_VERSIONS.map((version) => `quay.io/argoproj/argocd:v${version}`),
  "ghcr.io/dexidp/dex:v2.46.0",
  "public.ecr.aws/docker/library/haproxy:3.0.8-alpine",
  "public.ecr.aws/docker/library/redis:8.10.1-alpine",
];

/**
 * SHA-256 of the CustomResourceDefinitions and ClusterRoles in these releases, which all have the same, as JSON with
 * sorted keys and without apiVersion, kind and metadata. The program does not change these objects.
 */
export const ARGOCD_DIGESTS: Readonly<Record<string, string>> = {
  "CustomResourceDefinition/applications.argoproj.io":
    "3ca7dead5d5d2be82b00979fd19daba7f768aee969f9c60a5b6edb6cccb239a6",
  "CustomResourceDefinition/applicationsets.argoproj.io":
    "679aa1b76edb45a8cde3bc3fef53729007a450732a34896eb7e6633703a6df72",
  "CustomResourceDefinition/appprojects.argoproj.io":
    "3c08523c71ead95662fd86800747ff8d57dedea3b2b1212877d7bf665de0ab20",
  "ClusterRole/argocd-application-controller": "c91f668bb09d224205896db45210e4f90f91cadc33326c4887eae27a5fbc2aa1",
  "ClusterRole/argocd-applicationset-controller": "ebb9280c9381f73d86a4dd0f057d82af129ca7a2140142f8278c273016e6ddec",
  "ClusterRole/argocd-server": "046ff56ede6360fec9205cd5600caed6f26127b3ba8197252d5908c930a336a3",
};
