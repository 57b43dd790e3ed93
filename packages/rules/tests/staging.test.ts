import assert from "node:assert/strict";
import fc from "fast-check";
import { formatPath, parsePath } from "../paths";
import { parseRules } from "../rules";

/** The problems of one path in a list of the section `staging`. */
function problemsOf(list: string, path: string, chart?: object): string[] {
  const text = `staging:\n  ${list}:\n    - ${JSON.stringify(path)}\n`;
  return parseRules(text, chart).problems.map(({ line, message }) => `${line}: ${message}`);
}

describe("the permitted differences between staging and production", () => {
  const taken: [list: string, path: string][] = [
    ["mayDiffer", "image.repository"],
    ["mayDiffer", "image"],
    ["mayDiffer", "env.LOG_LEVEL"],
    ["mayDiffer", "envFromSecrets"],
    ["mayDiffer", "networkPolicy.egress.*.cidr"],
    ["mayDiffer", 'serviceAccount.annotations."eks.amazonaws.com/role-arn"'],
    ["mayDiffer", "podAnnotations.*"],
    ["mayDiffer", "autoscaling.enabled"],
    ["mayDifferInHost", "env.*"],
    ["mayDifferInHost", "env.API_URL"],
    ["mayDiffer", "jobs.*.sidecars.*.image.repository"],
    ["mayDiffer", "cronJobs.report.schedule"],
    ["mayDiffer", "workers.mails.env.LOG_LEVEL"],
    ["mayDifferInHost", "statefulSets.*.env.*"],
    ["mayBeLower", "workers.*.resources.*.*"],
    ["mayBeLower", "statefulSets.cache.claims.*.size"],
    ["mayBeLower", "resources.limits.cpu"],
    ["mayBeLower", "autoscaling.targetCPUUtilization"],
  ];
  for (const [list, path] of taken) {
    it(`accept ${path} in ${list}`, () => {
      assert.deepEqual(problemsOf(list, path), []);
    });
  }

  const refused: [list: string, path: string, says: RegExp][] = [
    ["mayDiffer", "imgae.tag", /got "imgae\.tag"; expected a value of the chart\. See charts\/service\/values\.yaml/],
    ["mayDiffer", "image.tag.x", /expected a value of the chart/],
    ["mayDiffer", "constructor", /expected a value of the chart/],
    ["mayDiffer", "networkPolicy.egress.0.cidr", /expected a value of the chart/],
    ["mayDiffer", "env.A.B", /expected a value of the chart/],
    ["mayDiffer", "*", /no path of how the image runs, which is what staging tries\. Remove it\./],
    ["mayDiffer", "*.port", /no path of how the image runs/],
    ["mayDiffer", "probes.readinessPath", /no path of how the image runs/],
    ["mayDiffer", "service.protocol", /no path of how the image runs/],
    ["mayDiffer", "workers", /no path of how the image runs/],
    ["mayDiffer", "statefulSets.*.port", /no path of how the image runs/],
    ["mayDiffer", "workers.*.probes.command", /no path of how the image runs/],
    ["mayDiffer", "jobs.*.resources", /no path of what may be lower at most/],
    ["mayDiffer", "statefulSets.*.claims.data.size", /no path of what may be lower at most/],
    ["mayDiffer", "jobs.*.env.*", /expected variables by their names/],
    ["mayBeLower", "containerPort", /no path of how the image runs/],
    ["mayDiffer", "resources", /no path of what may be lower at most: .* Put it below staging\.mayBeLower\./],
    ["mayDiffer", "resources.limits.*", /no path of what may be lower at most/],
    ["mayDiffer", "autoscaling", /no path of what may be lower at most/],
    ["mayDiffer", "autoscaling.*", /no path of what may be lower at most/],
    ["mayDiffer", "env", /expected variables by their names\. Write env\.LOG_LEVEL, one line for each\./],
    ["mayDiffer", "env.*", /expected variables by their names/],
    ["mayBeLower", "env.LOG_LEVEL", /expected numbers, or resources\. Put it below staging\.mayDiffer\./],
    ["mayBeLower", "resources.limits", /expected numbers, or resources/],
    ["mayDifferInHost", "envFromSecrets", /expected texts\. Put it below staging\.mayDiffer\./],
    ["mayDiffer", "", /got ""; expected the path of a value/],
    ["mayDiffer", "env..A", /expected the path of a value: keys with dots between them/],
    ["mayDiffer", "env.", /expected the path of a value/],
    ["mayDiffer", "a b", /expected the path of a value/],
    ["mayDiffer", "egress[0]", /expected the path of a value/],
    ["mayDiffer", "env.A*", /expected the path of a value/],
    ["mayDiffer", 'a."b', /expected the path of a value/],
  ];
  for (const [list, path, says] of refused) {
    it(`refuse ${JSON.stringify(path)} in ${list}, with the reason`, () => {
      const [problem = "", ...more] = problemsOf(list, path);
      assert.match(problem, says);
      assert.match(problem, new RegExp(`^3: staging\\.${list}\\[0\\]: got "`));
      assert.deepEqual(more, []);
    });
  }

  it("depend on the repository's own chart", () => {
    const chart = {
      properties: { ingress: { $ref: "#/$defs/ingress" } },
      $defs: { ingress: { properties: { host: {} } } },
    };
    assert.deepEqual(problemsOf("mayDiffer", "ingress.host", chart), []);
    assert.equal(problemsOf("mayDiffer", "image.repository", chart).length, 1);
    const round = { properties: { a: { $ref: "#/$defs/a" } }, $defs: { a: { $ref: "#/$defs/a" } } };
    assert.equal(problemsOf("mayDiffer", "a.b", round).length, 1);
  });

  it("must be lists, because an empty value could mean the default or none", () => {
    const { problems } = parseRules("staging:\n  mayDiffer:\n");
    assert.deepEqual(
      problems.map(({ message }) => message),
      [
        "staging.mayDiffer: got nothing; expected a list. Write image.repository. " +
          "Write [] for none, or leave the key out for the default.",
      ],
    );
  });

  it("have paths that are parsed to what was written", () => {
    const key = fc.stringMatching(/^[^"]+$/);
    fc.assert(
      fc.property(fc.array(fc.option(key), { minLength: 1 }), (path) => {
        assert.deepEqual(parsePath(formatPath(path)), path);
      }),
    );
  });
});
