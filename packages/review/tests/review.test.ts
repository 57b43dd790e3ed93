import assert from "node:assert/strict";
import { resultsOf, report, reportSince } from "../report";
import { isBlocked } from "../review";
import { FORMATS } from "../formats";
import { environment, finding, resource } from "./sample";

// Tests when the command exits with code 1. The engine's tests show that it distinguishes rules that could not be
// evaluated.

const api = resource("prod", "api");
const [MANDATORY, ADVISORY] = [0, 1];
const unknown = (rule: number) => finding(rule, api, "string value at .a can't be known", "unknown");
const broken = (rule: number) => finding(rule, api, "it does not wait");

describe("a blocked review", () => {
  it("is one with a mandatory rule that is violated or could not be evaluated", () => {
    const prod = environment("prod");
    assert.equal(isBlocked([prod]), false);
    assert.equal(isBlocked([prod, environment("dev", { findings: [broken(MANDATORY)] })]), true);
    assert.equal(isBlocked([prod, environment("dev", { notEvaluated: [unknown(MANDATORY)] })]), true);
    const advice = environment("dev", { findings: [broken(ADVISORY)], notEvaluated: [unknown(ADVISORY)] });
    assert.equal(isBlocked([prod, advice]), false);
  });

  it("is reported as blocked in all formats", () => {
    const blind = report([environment("prod", { resources: [api], notEvaluated: [unknown(MANDATORY)] })]);
    assert.match(FORMATS.text(blind, false), /do not apply\.\n$/);
    assert.match(FORMATS.markdown(blind, false), /\n\n❌ /);
    const unsure = report([environment("prod", { resources: [api], notEvaluated: [unknown(ADVISORY)] })]);
    assert.doesNotMatch(FORMATS.text(unsure, false), /do not apply/);
    assert.doesNotMatch(FORMATS.markdown(unsure, false), /❌/);
  });

  it("depends with --against only on the change, not on rules that could not be evaluated before it", () => {
    const blind = environment("prod", { resources: [api], notEvaluated: [unknown(MANDATORY)] });
    const sighted = environment("prod", { resources: [api] });
    assert.equal(isBlocked(resultsOf(reportSince("main", [blind], [blind]))), false);
    assert.equal(isBlocked(resultsOf(reportSince("main", [sighted], [blind]))), true);
    assert.equal(isBlocked(resultsOf(reportSince("main", [blind], [sighted]))), false);
  });
});
