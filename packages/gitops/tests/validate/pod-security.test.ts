import assert from "node:assert/strict";
import { deploymentText } from "@gitops-platform/test-support/workload";
import { brokenRules } from "../../validate/broken-rules";

const OBJECTS = deploymentText("shop", "ghcr.io/vaarak/shop:v1.0.0");
const POD = "        - name: shop\n";
const SECCOMP = ", seccompProfile: { type: RuntimeDefault }";

function said(objects: string, podSecurity: "restricted" | "baseline" = "restricted"): string[] {
  return brokenRules(objects, "shop", { cpuLimit: "optional", podSecurity }).map(({ message }) => message);
}

const inContainer = (more: string) => OBJECTS.replace("drop: [ALL] }", `drop: [ALL] }\n            ${more}`);
const inProbe = (more: string) => OBJECTS.replace(POD, `${POD}          ${more}\n`);

describe("what the Pod Security level of a namespace would refuse", () => {
  it("is nothing of a confined workload", () => {
    assert.deepEqual(said(OBJECTS), []);
    assert.deepEqual(said(inProbe("readinessProbe: { httpGet: { port: 80, host: '' } }")), []);
    assert.deepEqual(said(inContainer("seLinuxOptions: { type: container_t, level: s0 }")), []);
  });

  it("is a container without a seccomp profile, where the level is restricted", () => {
    const [problem, ...more] = said(OBJECTS.replace(SECCOMP, ""));
    assert.deepEqual(more, []);
    assert.equal(
      problem,
      "Deployment shop: container shop: seccompProfile.type: got nothing; expected RuntimeDefault or Localhost, by " +
        "the Pod Security level restricted. Correct the chart's templates.",
    );
    assert.deepEqual(said(OBJECTS.replace(SECCOMP, ""), "baseline"), []);
    assert.deepEqual(
      said(inContainer("seccompProfile: { type: Localhost, localhostProfile: a }").replace(SECCOMP, "")),
      [],
    );
  });

  it("is root as the pod's user, where the level is restricted, even if no container is", () => {
    const container = inContainer("runAsNonRoot: true\n            runAsUser: 65532");
    assert.deepEqual(said(container), []);
    const [user, ...more] = said(container.replace("runAsUser: 65532,", "runAsUser: 0,"));
    assert.match(
      user ?? "",
      /^Deployment shop: securityContext\.runAsUser: got 0; expected another user or nothing, by/,
    );
    assert.deepEqual(more, []);
    const [nonRoot, ...others] = said(container.replace("runAsNonRoot: true,", "runAsNonRoot: false,"));
    assert.match(nonRoot ?? "", /shop: securityContext\.runAsNonRoot: got false; expected true or nothing, by the Pod/);
    assert.deepEqual(others, []);
    assert.deepEqual(said(container.replace("runAsUser: 65532,", "runAsUser: 0,"), "baseline"), []);
  });

  const annotated = (value: string, objects = OBJECTS) =>
    objects.replace(
      "    spec:\n",
      `      annotations: { container.apparmor.security.beta.kubernetes.io/shop: ${value} }\n    spec:\n`,
    );

  it("is an AppArmor profile of the node only by a name", () => {
    assert.deepEqual(said(annotated("runtime/default")), []);
    assert.deepEqual(said(annotated("localhost/shop")), []);
  });

  const refused: [what: string, objects: string, problem: RegExp][] = [
    [
      "no seccomp profile by name",
      OBJECTS.replace("RuntimeDefault", "Unconfined"),
      /seccompProfile\.type: got "Unconfined"/,
    ],
    [
      "that of a container",
      inContainer("seccompProfile: { type: Unconfined }"),
      /container shop: securityContext\.secc/,
    ],
    ["the whole of /proc", inContainer("procMount: Unmasked"), /procMount: got "Unmasked"; expected Default, by/],
    ["no AppArmor profile", inContainer("appArmorProfile: { type: Unconfined }"), /appArmorProfile\.type: got "Unc/],
    [
      "no AppArmor profile by an annotation",
      annotated("unconfined"),
      /shop: annotations\["container\.apparmor\.\S+\/shop"\]: got "unconfined"; expected runtime\/default or/,
    ],
    ["another SELinux type", inContainer("seLinuxOptions: { type: spc_t }"), /seLinuxOptions\.type: got "spc_t"/],
    [
      "an SELinux user",
      inContainer("seLinuxOptions: { user: root }"),
      /seLinuxOptions\.user: got "root"; expected nothing/,
    ],
    [
      "a process of the node",
      inContainer("windowsOptions: { hostProcess: true }"),
      /hostProcess: got true; expected nothing/,
    ],
    [
      "a probe of another host",
      inProbe("livenessProbe: { httpGet: { port: 80, host: a } }"),
      /livenessProbe\.httpGet\.host/,
    ],
    [
      "a hook to another host",
      inProbe("lifecycle: { preStop: { httpGet: { port: 80, host: a } } }"),
      /preStop\.httpGet/,
    ],
  ];
  for (const [what, objects, problem] of refused) {
    it(`is ${what}, at both levels`, () => {
      for (const level of ["restricted", "baseline"] as const) {
        const [found, ...more] = said(objects, level);
        assert.match(found ?? "nothing", problem);
        assert.deepEqual(more, []);
      }
    });
  }

  it("is a folder of the node, which no Pod Security level accepts", () => {
    const objects = `${OBJECTS}      volumes: [{ name: logs, hostPath: { path: /var/log } }]\n`;
    assert.match(
      said(objects, "baseline").join(),
      /^Deployment shop: volume logs: hostPath: got "\/var\/log"; expected/,
    );
  });
});
