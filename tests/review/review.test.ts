import assert from "node:assert/strict";
import { judged, report, reportSince } from "../../review/report";
import { mustNotPass } from "../../review/review";
import { FORMATS } from "../../review/formats";
import { environment, finding, resource } from "./sample";

// What ends the command with exit code 1, and says that it must not go on. That the engine tells a rule which met an
// unknown, tests/engine/policy/pack.test.ts says.

const api = resource("prod", "api");
const [MANDATORY, ADVISORY] = [0, 1];
const unknown = (rule: number) => finding(rule, api, "string value at .a can't be known", "unknown");
const broken = (rule: number) => finding(rule, api, "it does not wait");

describe("whether a change must not go on", () => {
  it("is so where a mandatory rule is broken, or nobody can tell whether it is", () => {
    const prod = environment("prod");
    assert.equal(mustNotPass([prod]), false);
    assert.equal(mustNotPass([prod, environment("dev", { findings: [broken(MANDATORY)] })]), true);
    assert.equal(mustNotPass([prod, environment("dev", { notEvaluated: [unknown(MANDATORY)] })]), true);
    const advice = environment("dev", { findings: [broken(ADVISORY)], notEvaluated: [unknown(ADVISORY)] });
    assert.equal(mustNotPass([prod, advice]), false);
  });

  it("is told by the reports in the same way", () => {
    const blind = report([environment("prod", { resources: [api], notEvaluated: [unknown(MANDATORY)] })]);
    assert.match(FORMATS.text(blind, false), /this must not go on\.\n$/);
    assert.match(FORMATS.markdown(blind, false), /\n\n❌ /);
    const unsure = report([environment("prod", { resources: [api], notEvaluated: [unknown(ADVISORY)] })]);
    assert.doesNotMatch(FORMATS.text(unsure, false), /this must not go on/);
    assert.doesNotMatch(FORMATS.markdown(unsure, false), /❌/);
  });

  it("is about the change alone where a program is compared: what was not evaluated before is not the change's", () => {
    const blind = environment("prod", { resources: [api], notEvaluated: [unknown(MANDATORY)] });
    const sighted = environment("prod", { resources: [api] });
    assert.equal(mustNotPass(judged(reportSince("main", [blind], [blind]))), false);
    assert.equal(mustNotPass(judged(reportSince("main", [sighted], [blind]))), true);
    assert.equal(mustNotPass(judged(reportSince("main", [blind], [sighted]))), false);
  });
});
