import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { eventOf } from "../../board/model/events";
import { boardPage, readAssets } from "../../board/page/page";
import { age } from "../../durations";
import { html, link } from "../../html";
import { TWO_PRODUCTIONS } from "@gitops-platform/test-support/graphs";
import { board, declared, deployment, finding, hour, live, pull } from "./support";

const HOSTILE = `"><img src=x onerror="alert(1)"><script>alert('&')</script>`;
const view = { url: "https://github.com/vaarak/gitops", now: Date.parse(hour(40)) };

/** A board on which all text from outside the program is hostile. */
function hostile() {
  const changes = [{ environment: "staging", service: HOSTILE, image: HOSTILE }];
  const mine = { title: HOSTILE, url: "javascript:alert(1)", reviewers: [HOSTILE], base: HOSTILE };
  const event = { at: hour(1), kind: "refused", environment: HOSTILE, about: HOSTILE, text: HOSTILE } as const;
  const approval = { state: "unverified", reason: HOSTILE } as const;
  const found = finding(HOSTILE, { manager: HOSTILE, undo: HOSTILE, notes: [HOSTILE] });
  const lost = { what: HOSTILE, reason: HOSTILE };
  return board(
    {
      [HOSTILE]: {
        dev: { declared: declared(HOSTILE, 1, { by: [HOSTILE], approval }) },
        staging: { declared: declared("v1") },
      },
    },
    {
      dev: { [HOSTILE]: live(HOSTILE, {}, { differences: [HOSTILE], problems: [HOSTILE] }) },
      prod: { reason: HOSTILE },
    },
    {
      drift: new Map([["dev", { services: new Map([[HOSTILE, [found]]]), platform: [found], unread: [lost] }]]),
      pulls: [pull(1, changes, mine), pull(2, [], mine)],
      deployments: [deployment("dev", HOSTILE, 1, { service: HOSTILE, by: [HOSTILE] })],
      events: [{ ...event, by: HOSTILE, url: "javascript:alert(1)" }],
      sources: [{ name: HOSTILE, at: null, reason: HOSTILE }],
    },
  );
}

describe("a template", () => {
  it("escapes its values, and inserts only other templates as HTML", () => {
    assert.equal(
      html`<b title="${`"'<&>`}">${html`<i>${"<u>"}</i>`}${[1, "&", null, false]}</b>`.text,
      [`<b title="&quot;&#39;&lt;&amp;&gt;">`, "<i>&lt;u&gt;</i>1&amp;</b>"].join(""),
    );
  });

  it("removes control characters and those that change the direction of text", () => {
    assert.equal(html`${"a\u202eb\u0000c\u001b[31m\td"}`.text, "abc[31m\td");
  });

  it("links to web pages only", () => {
    assert.equal(link("javascript:alert(1)", "x").text, "x");
    assert.equal(link("https://h/?a=1&b", "<x>").text, '<a href="https://h/?a=1&amp;b" rel="noreferrer">&lt;x&gt;</a>');
  });
});

describe("the age of something", () => {
  const cases: [seconds: number, text: string][] = [
    [-5, "now"],
    [9, "now"],
    [10, "10 s"],
    [59, "59 s"],
    [60, "1 min"],
    [3599, "59 min"],
    [3600, "1 h"],
    [47 * 3600, "1 d"],
    [40 * 86400, "1 mo"],
    [800 * 86400, "2 y"],
  ];
  for (const [seconds, text] of cases) {
    it(`of ${seconds} s is ${text}`, () => {
      assert.equal(age(new Date(1e12 - seconds * 1000).toISOString(), 1e12), text);
    });
  }
});

describe("the board's page", () => {
  const assets = { style: "a{}", script: "b()" };

  it("escapes all text from outside the program", () => {
    for (const mode of [assets, { follows: "x" }]) {
      const text = boardPage(hostile(), view, mode);
      assert.doesNotMatch(text, /<img|<script>alert|javascript:|onerror="/);
      assert.ok(text.split("&lt;img src=x").length > 15);
    }
  });

  it("allows only its own style and script, by their hashes, if it is a single file", async () => {
    const text = boardPage(board({}), view, await readAssets());
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(text)?.[1]?.replaceAll("&#39;", "'") ?? "";
    const sum = (element: RegExp) =>
      createHash("sha256")
        .update(element.exec(text)?.[1] ?? "")
        .digest("base64");
    assert.ok(policy.startsWith("default-src 'none'; "));
    assert.ok(policy.includes(`script-src 'sha256-${sum(/<script type="module">([^]*)<\/script>/)}'; `));
    assert.ok(policy.includes(`style-src 'sha256-${sum(/<style>([^]*?)<\/style>/)}'; `));
    assert.doesNotMatch(text, / style="| on[a-z]+="|<link rel="stylesheet"|<script src/);
  });

  it("says which releases of a service wait for approval together", () => {
    const release = (environment: string, number: number) =>
      pull(number, [{ environment, service: "api", image: "v2" }], { base: `env/${environment}`, reviewers: ["@ann"] });
    const versions = { prod: { declared: declared("v1") }, "prod-eu": { declared: declared("v1") } };
    const page = (...pulls: ReturnType<typeof release>[]) =>
      boardPage(board({ api: versions }, {}, { graph: TWO_PRODUCTIONS, pulls }), view, assets);
    const both = page(release("prod", 1), release("prod-eu", 2));
    assert.match(both, /a review by @ann<\/b>, together with prod-eu/);
    assert.match(both, /a review by @ann<\/b>, together with prod /);
    assert.doesNotMatch(page(release("prod", 1)), /together with/);
  });

  it("says where a service skips an environment, and compares the environments around it", () => {
    const deployments = [deployment("prod", "v1", 3), deployment("dev", "v1", 1)];
    const versions = {
      dev: { declared: declared("v1") },
      staging: { declared: null, skipped: true as const },
      prod: { declared: declared("v1", 3) },
    };
    const shown = board({ api: versions }, {}, { deployments });
    const [row] = shown.rows;
    assert.deepEqual(
      row?.cells.map(({ transition }) => transition.state),
      ["none", "none", "in step"],
    );
    const text = boardPage(shown, view, assets);
    assert.match(text, /class="cell skipped"[^>]*aria-label="api in staging"[^]*?>skipped<\/span>/);
    assert.doesNotMatch(text, /not there/);
    assert.match(text, /class="stage skipped"/);
    // The time from dev to prod.
    assert.match(text, /after<\/span>\s*2 h/);
    // If a cluster runs the service anyway, its version is shown.
    const runs = board({ api: versions }, { staging: { api: live("v1") } }).rows[0]?.cells[1];
    assert.equal(runs?.state, "healthy");
  });

  it("gives the reason for an unverified approval", () => {
    const approval = { state: "unverified", reason: "merged past four-eyes: @ann contributed to it" } as const;
    const text = boardPage(
      board(
        { api: { prod: { declared: declared("v1", 1, { approval }) } } },
        {},
        { events: [eventOf(deployment("prod", "v1", 1, { approval }), view.url)] },
      ),
      view,
      assets,
    );
    assert.equal(text.split(">not verified: merged past four-eyes: @ann contributed to it<").length - 1, 1);
  });

  it("shows undeclared changes with the commands that undo them, and counts those beyond the limit", () => {
    const all = Array.from({ length: 6 }, (_, index) => finding(`stray-${index}`, { notes: ["Put in", "<you>."] }));
    const drift = new Map([["dev", { services: new Map([["api", all]]), platform: [], unread: [] }]]);
    const text = boardPage(
      board({ api: { dev: { declared: declared("v1") } } }, { dev: { api: live("v1") } }, { drift }),
      view,
      assets,
    );
    assert.match(text, /ConfigMap api\/stray-0 is not in Git; written by kubectl-create at 2026-01-01 00:00:00 UTC/);
    assert.match(text, /<code>kubectl delete -n api configmap\/stray-3<\/code>\s*<p>Put in &lt;you&gt;\.<\/p>/);
    assert.doesNotMatch(text, /stray-4/);
    assert.match(text, /and 2 more: gitops status lists them all/);
    assert.match(text, /Healthy, not all of it in Git/);
  });

  it("is the same a second later, except for the ages", () => {
    const page = (now: number) =>
      boardPage(board({ api: { dev: { declared: declared("v1") } } }), { ...view, now }, assets);
    const still = (text: string) => text.replace(/data-drawn="[^"]*"/, "");
    assert.equal(still(page(view.now)), still(page(view.now + 1000)));
  });

  it("stays small with a thousand services, and contains each of them once", () => {
    const names = Array.from({ length: 1000 }, (_, index) => `service-${index}`);
    const versions = { declared: declared("sha-a1b2c3d") };
    const services = Object.fromEntries(
      names.map((name) => [name, { dev: versions, staging: versions, prod: versions }]),
    );
    const clusters = Object.fromEntries(
      ["dev", "staging", "prod"].map((name) => [
        name,
        Object.fromEntries(names.map((service) => [service, live("sha-a1b2c3d")])),
      ]),
    );
    const text = boardPage(board(services, clusters), view, { follows: "x" });
    assert.equal(text.split('class="row"').length - 1, 1000);
    assert.ok(text.length < 3_500_000, String(text.length));
    assert.ok(text.split("<").length / 1000 < 120, `${text.split("<").length / 1000} tags a service`);
  });

  it("says when a version that is ahead is promoted automatically, if it stays healthy", () => {
    const versions = { dev: { declared: declared("v2", 2) }, staging: { declared: declared("v1", 1) } };
    const ahead = { service: "api", from: "dev", to: "staging", state: "ahead", version: { tag: "v2" } } as const;
    const waitsFor = { state: "promotion", at: "2026-11-28T14:30:00.000Z" } as const;
    const text = boardPage(board({ api: versions }, {}, { automatic: [{ ...ahead, waitsFor }] }), view, assets);
    assert.match(text, /waits for <b>its automatic promotion after 2026-11-28 14:30 UTC, if it stays healthy<\/b>/);
  });
});
