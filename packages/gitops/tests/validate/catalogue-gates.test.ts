import assert from "node:assert/strict";
import { graph } from "@gitops-platform/environments/environments";
import { LocalRepository } from "@gitops-platform/test-support/local-repository";
import { candidate } from "../../validate/candidate";
import { environmentDeclarations } from "../../validate/environment-delivery";
import { serviceSteps } from "../../validate/catalogue";
import { POLICY_FILE } from "../catalogue/repository";

const WEB = "team: payments\nenvironments: [prod]\n";
const API = "team: payments\njoins: web\nenvironments: [prod]\n";

describe("what the catalogue refuses", () => {
  const local = new LocalRepository();
  after(() => {
    local.remove();
  });
  const ref = (branch: string, commit: string) => {
    local.git("update-ref", `refs/remotes/origin/${branch}`, commit);
  };
  type Files = Readonly<Record<string, string | null>>;
  const at = (from: string, files: Files) => {
    local.git("checkout", "--quiet", "--force", from);
    return local.commit(files);
  };
  const change = async (branch: string, base: string, files: Files) =>
    candidate(local.clone, branch, base, at(base, files), graph);
  const texts = (found: readonly { readonly message: string }[]) => found.map(({ message }) => message).join("\n");

  it("is a declaration on an environment's branch that main never had, but not an earlier one", async () => {
    const first = local.commit({ ...POLICY_FILE, "services/web.yaml": WEB });
    const second = at(first, { "services/web.yaml": `groups: [ops]\n${WEB}` });
    ref("main", second);
    ref("env/prod", second);
    const judged = async (text: string) =>
      texts(await environmentDeclarations(await change("env/prod", second, { "services/web.yaml": text })));
    assert.match(await judged(`groups: [evil]\n${WEB}`), /^Got a declaration that main never had; expected one/);
    assert.equal(await judged(WEB), "");
    assert.equal(await judged(`# The same\ngroups: [ops]\n${WEB}`), "");
  });

  it("is another namespace or owner beneath a service that joined and runs", async () => {
    const retired = "team: payments\nenvironments: []\nretired: [prod]\n";
    const files = { ...POLICY_FILE, "services/web.yaml": retired, "services/api.yaml": API };
    const base = local.commit({ ...files, "environments/prod/api.yaml": "a: 1\n", "delivery/prod/api.yaml": "a: 1\n" });
    ref("main", base);
    ref("env/prod", base);
    const judged = async (changed: Files) => texts(await serviceSteps(await change("main", base, changed)));
    assert.match(await judged({ "services/web.yaml": `namespace: other\n${retired}` }), /api would be deleted with/);
    const swap = {
      "services/web.yaml": `joins: api\n${retired}`,
      "services/api.yaml": API.replace("joins", "namespace"),
    };
    assert.match(await judged(swap), /joins: got another owner of the namespace web; expected web, because neither/);
  });

  it("is the name of a service without a declaration as another one's namespace", async () => {
    const base = local.commit({ ...POLICY_FILE, "environments/dev/bank.yaml": "a: 1\n" });
    ref("main", base);
    const text = "team: payments\nnamespace: bank\nenvironments: [dev]\n";
    const judged = async (changed: Files, from = base) =>
      texts(await serviceSteps(await change("main", from, changed)));
    assert.match(
      await judged({ "services/pay.yaml": text }),
      /^namespace: got bank, the name of a service in dev without a declaration; expected another, /,
    );
    assert.equal(await judged({ "services/pay.yaml": text.replace("bank", "vault") }), "");
    const bank = "team: payments\nnamespace: vault\nenvironments: [dev]\n";
    assert.equal(await judged({ "services/pay.yaml": text, "services/bank.yaml": bank }), "");
    const there = local.commit({ "services/pay.yaml": text });
    assert.equal(await judged({ "services/pay.yaml": `groups: [payments]\n${text}` }, there), "");
  });
});
