/**
 * Edits of production without Git by a person with access to the cluster: they are refused or reverted, or cause an
 * alert.
 */
import assert from "node:assert/strict";
import type { EnvironmentName } from "@gitops-platform/sandbox/paths";
import { until } from "@gitops-platform/clients/until";
import { alerted, alerts } from "../e2e/support/alerts";
import { cli } from "../e2e/support/people";
import {
  apiDeployment,
  apiImage,
  attempt,
  cluster,
  editLive,
  emergency,
  GUARDED,
  paths,
} from "../e2e/support/platform";
import { attack } from "./support/attack";
import { afterwards } from "./support/cleaning";
import { Workshop } from "./support/git";
import { call, refused } from "./support/github";
import { applicationOf, evilCommit, EVIL, patchApplication, released } from "./support/production";
import { open } from "./support/pulls";

const kind = "stopped is not healthy";
const HPA = { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", namespace: "api", name: "api" } as const;

describe(kind, () => {
  let workshop: Workshop;
  before(async () => {
    await released();
    workshop = await Workshop.open();
    await becomes("Healthy");
  });
  after(() => {
    workshop.close();
  });

  async function becomes(wanted: string): Promise<void> {
    await until(`api in prod is ${wanted}`, async () => {
      const { status } = await applicationOf("prod");
      const health = status?.health?.status ?? "nothing";
      return health === wanted ? { done: true } : { waitingFor: health };
    });
  }

  const refusedEdits: [what: string, ...args: string[]][] = [
    ["production scaled to zero", "scale", "deployment", "api", "--replicas=0"],
    ["production paused", "rollout", "pause", "deployment", "api"],
    ["another image in production", "set", "image", "deployment/api", `*=ghcr.io/evil/api:${EVIL}`],
    ["an undeclared variable", "set", "env", "deployment/api", "DEBUG=1"],
    ["an undeclared label", "label", "deployment", "api", "evil=1"],
    ["the autoscaler deleted", "delete", "hpa", "api"],
    ["a NetworkPolicy deleted", "delete", "networkpolicy", "api"],
    ["an undeclared Deployment", "create", "deployment", "miner", "--image=ghcr.io/evil/miner:1"],
    ["an undeclared ConfigMap", "create", "configmap", "stray"],
  ];
  for (const [what, ...args] of refusedEdits) {
    attack({
      class: kind,
      by: "anyone with cluster access",
      what: `${what}, by an administrator`,
      try: () => attempt("prod", "-n", "api", ...args),
      holds: (said) => {
        assert.match(said, GUARDED);
        return `the guard: ${said}`;
      },
    });
  }

  attack({
    class: kind,
    by: "anyone with cluster access",
    what: "production scaled to zero, by the break-glass group",
    expected: "alerted",
    try: async () => {
      const before = alerts().length;
      await emergency("prod", "-n", "api", "scale", "deployment", "api", "--replicas=0");
      afterwards(async () => {
        await emergency("prod", "-n", "api", "scale", "deployment", "api", "--replicas=3");
        await becomes("Healthy");
      });
      return before;
    },
    holds: async (before) => {
      const alert = await asserted(alerted("argocd/prod", /^prod\/api: .* Degraded/, before));
      return `Argo CD: ${String(alert.message.text)}`;
    },
  });

  attack({
    class: kind,
    by: "anyone with cluster access",
    what: "production paused, so that changes have no effect, by the break-glass group",
    expected: "alerted",
    try: async () => {
      const before = alerts().length;
      await editLive("prod", { spec: { paused: true } });
      afterwards(async () => {
        await editLive("prod", { spec: { paused: false } });
        await becomes("Healthy");
      });
      return before;
    },
    holds: async (before) => {
      const alert = await asserted(alerted("argocd/prod", /^prod\/api: .* Degraded/, before));
      return `Argo CD: ${String(alert.message.text)}`;
    },
  });

  attack({
    class: kind,
    by: "anyone with cluster access",
    what: "another image in production, by the break-glass group",
    expected: "reverted",
    try: async () => {
      const image = await apiImage("prod");
      await emergency("prod", "-n", "api", "set", "image", "deployment/api", `*=ghcr.io/evil/api:${EVIL}`);
      return image;
    },
    holds: async (image) => {
      await asserted(
        until("the image to be back", async () => {
          const now = await apiImage("prod");
          return now === image ? { done: true } : { waitingFor: now };
        }),
      );
      return "Argo CD: self-heal";
    },
  });

  attack({
    class: kind,
    by: "anyone with cluster access",
    what: "the autoscaler deleted, and production scaled down, by the break-glass group",
    expected: "reverted",
    try: async () => {
      const uid = (await cluster("prod").get(HPA))?.metadata.uid;
      await emergency("prod", "-n", "api", "delete", "hpa", "api");
      await emergency("prod", "-n", "api", "scale", "deployment", "api", "--replicas=1");
      return uid;
    },
    holds: async (uid) => {
      await asserted(
        until("an autoscaler, and three pods", async () => {
          const { spec } = (await apiDeployment("prod")) as { spec: { replicas?: number } };
          const now = (await cluster("prod").get(HPA))?.metadata.uid;
          const done = now !== undefined && now !== uid && (spec.replicas ?? 1) >= 3;
          return done ? { done } : { waitingFor: `autoscaler ${now ?? "none"}, ${spec.replicas ?? 1} pods` };
        }),
      );
      return "Argo CD: self-heal";
    },
  });

  attack({
    class: kind,
    by: "anyone with cluster access",
    what: "a NetworkPolicy of the service deleted, by the break-glass group",
    expected: "reverted",
    try: async () => {
      const policy = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", namespace: "api", name: "api" };
      const uid = (await cluster("prod").get(policy))?.metadata.uid;
      assert.ok(uid, "the NetworkPolicy api does not exist");
      await emergency("prod", "-n", "api", "delete", "networkpolicy", "api");
      return { policy, uid };
    },
    holds: async ({ policy, uid }) => {
      await asserted(
        until("the policy to be back", async () => {
          const now = (await cluster("prod").get(policy))?.metadata.uid;
          return now !== undefined && now !== uid ? { done: true } : { waitingFor: now ?? "none" };
        }),
      );
      return "Argo CD: self-heal";
    },
  });

  attack({
    class: kind,
    by: "the key of argocd-prod",
    what: "a forged report that production runs a commit that was never approved",
    expected: "alerted",
    try: async () => {
      await workshop.fetch();
      const { head } = await open(workshop, "developer", evilCommit(workshop, "env/prod"), "env/prod");
      const body = { ref: head.sha, environment: "prod/api", required_contexts: [], auto_merge: false };
      const made = await call("the key of argocd-prod", "POST", "deployments", body);
      const { id } = made.body as { id?: number };
      if (id === undefined) throw new Error(made.said);
      afterwards(() => call("the organisation's owner", "DELETE", `deployments/${id}`));
      afterwards(() => call("the key of argocd-prod", "POST", `deployments/${id}/statuses`, { state: "inactive" }));
      const answer = await call("the key of argocd-prod", "POST", `deployments/${id}/statuses`, { state: "success" });
      assert.throws(() => refused(/./)(answer));
      return head.sha;
    },
    holds: async (sha) => {
      const { stdout } = await cli("developer", "status", "--env", "prod");
      const line = stdout.split("\n").find((text) => text.includes(sha.slice(0, 7)) && /branch|env\/prod/.test(text));
      assert.ok(line, `status does not report ${sha.slice(0, 7)}:\n${stdout}`);
      return `gitops status: ${line.trim()}`;
    },
  });

  attack({
    class: kind,
    by: "anyone with cluster access",
    what: "another registry's image with the declared tag, by a parameter of dev's Application",
    expected: "reported",
    try: async () => {
      const before = await apiImage("dev");
      const image = before.replace("ghcr.io/vaarak/", "ghcr.io/evil/");
      const repository = { name: "image.repository", value: "ghcr.io/evil/api" };
      await patchApplication("dev", { spec: { source: { helm: { parameters: [repository] } } } });
      afterwards(async () => {
        await patchApplication("dev", { spec: { source: { helm: { parameters: null } } } });
        await runsImage("dev", before);
      });
      await runsImage("dev", image);
    },
    holds: () => {
      const kubeconfig = paths.environments.dev.kubeconfig;
      // While pods of both images exist, status names neither.
      return asserted(
        until<string>("status to name the registry", async () => {
          const { stdout } = await cli("developer", "status", "--env", "dev", "--cluster", `dev=${kubeconfig}`);
          const line = stdout.split("\n").find((text) => text.includes("ghcr.io/evil/api"));
          return line === undefined ? { waitingFor: stdout } : { done: `gitops status: ${line.trim()}` };
        }),
      );
    },
  });
});

async function runsImage(environment: EnvironmentName, image: string): Promise<void> {
  await until(`${environment} runs ${image}`, async () => {
    const now = await apiImage(environment);
    return now === image ? { done: true } : { waitingFor: now };
  });
}

/** If the state is not reached, the attack succeeded. */
async function asserted<T>(wait: Promise<T>): Promise<T> {
  return wait.catch((error: unknown) => assert.fail(error instanceof Error ? error.message : String(error)));
}
