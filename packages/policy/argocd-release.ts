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
 * SHA-256 of the CustomResourceDefinitions, roles, their bindings and the network policies in these releases, which all
 * have the same, and of the program's own network policies (components/argocd/tuned.ts and address.ts), as JSON with
 * sorted keys and without apiVersion, kind and metadata. No setting changes these objects, except as in
 * {@link ARGOCD_SCRAPED_DIGESTS}.
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
  "ClusterRoleBinding/argocd-application-controller":
    "622b66b3c7aef7d62d9e20bdf3bb28fcbdaf01210539488134fc431221eb4527",
  "ClusterRoleBinding/argocd-applicationset-controller":
    "be99ca65b98873eccb9d7aed15011b44426533dc6fcd0b8fe2c2888ad8cf11cd",
  "ClusterRoleBinding/argocd-server": "f2539711256f8f104f82db977d46c3114f0ab54898330dea2d9507275f4240c3",
  "NetworkPolicy/argocd-acme-http01-solver": "ac520e1d4802af3164fc14cc8e654783e1a5a3af236ff0f214949cc30678a4f6",
  "NetworkPolicy/argocd-application-controller-network-policy":
    "59975de3721193195b9cb2a973d8cb0fa12a84bd6fe7549f0529a74ecfb6dc62",
  "NetworkPolicy/argocd-applicationset-controller-network-policy":
    "e9bc7e329fb574d0420ecec2b597362290ca7fd6983a96e58038adcc61553de8",
  "NetworkPolicy/argocd-default-deny": "4b7e6b1db92c43a6ae4920878d6ecd90b584641bcb427001a8eb4d57362303ae",
  "NetworkPolicy/argocd-dex-server-network-policy": "80f608377281312b5ad6e940fec6e3e45694818c51eb108c6ef985c022cf4a6c",
  "NetworkPolicy/argocd-notifications-controller-network-policy":
    "271ffd8f707bf78f9ab96f9f0de125a7242fa84828379f247d71fbe8f783da2b",
  "NetworkPolicy/argocd-redis-ha-proxy-network-policy":
    "69e1b62327382575af479791e7bb0170fcafdb786ef70b0a60bff3039019511e",
  "NetworkPolicy/argocd-redis-ha-server-network-policy":
    "8cf675fc1c6d926083218b2d73ea19c33b49c3f3cabc49d1f3dd47e2c9f89e60",
  "NetworkPolicy/argocd-redis-network-policy": "05a33bde3ae2093094348ef1c99cb5e65f5ea8e1e0c3a7809013629008948ece",
  "NetworkPolicy/argocd-repo-server-network-policy": "78fda7ee8875a3ab16eee96d30439a2ca692bcdf7a45f62e2975c1031158f553",
  "NetworkPolicy/argocd-server-network-policy": "ff7f958dea3556e4bab35b3a75703ff41ba395296a04790ec2ced9fabc21b955",
  "Role/argocd-application-controller": "3b402c9fe3689bd9daf13aa2116482dc06e0a3e8db716cc16a5e1322625451e0",
  "Role/argocd-applicationset-controller": "ebb9280c9381f73d86a4dd0f057d82af129ca7a2140142f8278c273016e6ddec",
  "Role/argocd-dex-server": "0a3b229aeca2dca52a5ab0e55a1cc210f5fddf4213b51dcae82444e6059c0f29",
  "Role/argocd-notifications-controller": "af2adcd2b65663a0338b3c1db524a0185efdd99f6b8c56c94fc73831525fdb5e",
  "Role/argocd-redis": "c4c6f4bf018c46d0eada4ec01db5f3b08b32ed0aa47f5365e2b57559dd701b45",
  "Role/argocd-redis-ha": "a33c728325871033fa9907090e6ecc2428fec172da6ae9bcd9c59403426a3efd",
  "Role/argocd-redis-ha-haproxy": "cb6dceae3739ffee7f7186dc293e2aafdf0ecec4b7618de593c692efceeb99b3",
  "Role/argocd-server": "fd4991ad60eb6cc1aa3545a90b6e0be526c3b68562d80568084d20e3f5bcab55",
  "RoleBinding/argocd-application-controller": "f375bd07420b867c14a70f61820110bed87f9f7852f590b3141cf4a578d7a3b3",
  "RoleBinding/argocd-applicationset-controller": "8a7bb67975ddfe1fdb5967b0125fafb473ccd8aa17503d9dfef4c25d9e9f6456",
  "RoleBinding/argocd-dex-server": "a0dc2f49f86e7aca6e8d0650a7192b3e5b03ebe7f5d6c86e6c468fe2d133897e",
  "RoleBinding/argocd-notifications-controller": "ef015f9a8e0ebccaaed9a42507ce2bdd6bf1a181974806795e89be67acc29444",
  "RoleBinding/argocd-redis": "375f6c7923bd88cd227d4ae31d9ff591fb25b66030b543a591ba16167d51fa96",
  "RoleBinding/argocd-redis-ha": "690706e0c8a79ab370a6965b0b08865fa0a0df4599966ca5a9afd04b422bf5ba",
  "RoleBinding/argocd-redis-ha-haproxy": "17c68f9cd9aad818e0e9cc9fc08a2f6c7d3f565b1f8857f9c8723bd142c9c827",
  "RoleBinding/argocd-server": "15375e384a9f5496f07fe46bf6879327c88b0ee4016bface235f05bb376746c7",
};

/**
 * The same of the network policies with `argocd.monitoring`, which admit one namespace to the metrics instead of all
 * (components/argocd/monitoring/network-policies.ts), with `*` in place of that namespace.
 */
export const ARGOCD_SCRAPED_DIGESTS: Readonly<Record<string, string>> = {
  "NetworkPolicy/argocd-application-controller-network-policy":
    "8f20d44c7453d26832485f3c53166f5574ad08534f2b9df29f9ce543cfa80da6",
  "NetworkPolicy/argocd-applicationset-controller-network-policy":
    "96af49b8d7c0d731609f0fbd896f984634b3e822400c3b2c5c3b18ad8473f1c0",
  "NetworkPolicy/argocd-dex-server-network-policy": "2c82eebe39de54182672e18a5245b89825c53411546ad11f89ee00b1f67956c7",
  "NetworkPolicy/argocd-notifications-controller-network-policy":
    "9d1fe99c1f293960437d9b2eb9e3b4ee1bd64d964c6e5508e5856a52c3b31304",
  "NetworkPolicy/argocd-redis-ha-proxy-network-policy":
    "3f09aac1e485423c6fad22094f76347ed0f58b647a26d51513f263135f26f067",
  "NetworkPolicy/argocd-repo-server-network-policy": "4d910dfc602b5684bd6991bebba73b20fed27eafce46c99adcb0a0fa8d3083ce",
  "NetworkPolicy/argocd-server-network-policy": "33a6d64772b7e8c7959c47747dc5dc7abed4ecd6374f7b08856a84e591f3a2c8",
};

/** SHA-256 of what the pods of these releases run, as `workloadDigest` computes it. All have the same. */
export const ARGOCD_WORKLOADS: Readonly<Record<string, string>> = {
  "Deployment/argocd-applicationset-controller": "3031e39f56bfd1c448eb5cdd9757145403c15389d38438540dea16c40a1b6df7",
  "Deployment/argocd-dex-server": "868f9071c2cd0e21207d9c4d49cd73b0972f8deba2a854abe6da3cd64484db9c",
  "Deployment/argocd-notifications-controller": "91f50cd69125cc46636de943527893047876a3c297ab8f4c84d6037ab1c54819",
  "Deployment/argocd-redis": "ce8bb7a60bc59ea8d88b05596cb66012c4b1a916690961c39fa6920efa29b2ba",
  "Deployment/argocd-redis-ha-haproxy": "d99e7dc6384396126133dd0fdd38b990359de2a6e00a5cd39b53d2d0ea21765f",
  "Deployment/argocd-repo-server": "ef57ac0f7c661505e2db8b4d53f3c2a84379d5c958ad0a93b04eb1e30a02fbc7",
  "Deployment/argocd-server": "f2052fd25348bd26d4ff8fd9da8d2735e4012dab73f815b81b48a9f7aeeb7f39",
  "StatefulSet/argocd-application-controller": "301406a49aa719381d4204348dcbea95443ed45e02efd94fbded3667b27d0f5c",
  "StatefulSet/argocd-redis-ha-server": "24cd230e0d720fa172553d23b5d0d248f2e667011662d5ed86be14a4066a3e5c",
};

/** SHA-256 of the values of `resource.customizations.ignoreResourceUpdates.*` in these releases, by kind. */
export const ARGOCD_IGNORED_UPDATES: Readonly<Record<string, string>> = {
  ConfigMap: "edc1fcbcc6a6ab0196f904ca368ccf6c18822c8d7dc5031df0e5d243267fdb96",
  Endpoints: "01377aa33e0e338febf997e3e2b35b07c8363049c3b93d7562014d622eda9bb6",
  all: "84bdf84e14cd2f52e1c98a555e73fc22ca413fce15443805b5aa90b46b22afe8",
  apps_ReplicaSet: "0fcace67e6f031b8c8373dc76043a8bee21671773fa48feafafc7876809ceb21",
  "argoproj.io_Application": "fd2f05e83066129e9d9876dfde4c9c517fad7be680841b1fc3ef60a30e225d86",
  "argoproj.io_Rollout": "84d99c23decaa471f1d5fd6eb2ab0f20f7f2d2fe9dba2e653855989b94fd8207",
  autoscaling_HorizontalPodAutoscaler: "f4a3e55eec4346a61ea958c0bdae0d421684ca8747f37e945999263a2c26afb3",
  "discovery.k8s.io_EndpointSlice": "4d178d0fbe8007d15c47c72e40a7993ce94c189015213c76919f5d50feea431f",
};

/** The variables that `argocd.patches` may set (components/argocd/patches.ts), and those that other settings set. */
export const TUNED_VARIABLES: readonly string[] = [
  "ARGOCD_EXEC_TIMEOUT",
  "ARGOCD_GIT_ATTEMPTS_COUNT",
  "ARGOCD_GRPC_MAX_SIZE_MB",
  "ARGOCD_K8S_CLIENT_BURST",
  "ARGOCD_K8S_CLIENT_QPS",
  "GOGC",
  "GOMAXPROCS",
  "GOMEMLIMIT",
  "ARGOCD_API_SERVER_REPLICAS",
  "ARGOCD_CONTROLLER_REPLICAS",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
];
