import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { readAssets } from "../../board/page/page";
import { type Served, serve } from "../../board/server";
import { board, declared, Followed } from "./support";

const one = (image: string, more: object = {}) => board({ api: { dev: { declared: declared(image) } }, ...more });

describe("the board's server", () => {
  let followed: Followed;
  let served: Served;
  beforeEach(async () => {
    followed = new Followed(one("v1"));
    const assets = await readAssets();
    served = await serve({ follower: followed, assets, host: "127.0.0.1", port: 0, pulse: 50 });
  });
  afterEach(() => served.close());

  const get = (path: string) => fetch(new URL(path, served.url));

  /** Yields the events of the stream as they arrive. */
  async function* events(path: string, headers: Record<string, string> = {}) {
    const ending = new AbortController();
    const answer = await fetch(new URL(path, served.url), { headers, signal: ending.signal });
    assert.equal(answer.headers.get("content-type"), "text/event-stream; charset=utf-8");
    assert.ok(answer.headers.get("content-security-policy"));
    let text = "";
    try {
      for await (const chunk of answer.body ?? []) {
        text += new TextDecoder().decode(chunk as Uint8Array);
        const blocks = text.split("\n\n");
        text = blocks.pop() ?? "";
        for (const block of blocks) {
          const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s, 2))) as Record<
            string,
            string
          >;
          yield { id: fields.id, event: fields.event, data: JSON.parse(fields.data ?? "") as Record<string, never> };
        }
      }
    } finally {
      ending.abort();
    }
  }

  /** Waits for the next change that the stream reports. */
  async function nextChange(stream: ReturnType<typeof events>) {
    for (;;) {
      const { value, done } = await stream.next();
      if (done) throw new Error("the stream ended");
      if (value.event === "change") {
        const update = value.data as unknown as { rows: object; order: string[]; parts: object };
        return {
          id: value.id ?? "",
          rows: Object.keys(update.rows),
          order: update.order,
          text: JSON.stringify(update),
        };
      }
    }
  }

  const followsFrom = async () => /data-follows="([^"]*)"/.exec(await (await get("/")).text())?.[1] ?? "";

  it("serves the page, its style and its script with a policy that blocks everything else", async () => {
    for (const [path, type] of [
      ["/", "text/html; charset=utf-8"],
      ["/style.css", "text/css; charset=utf-8"],
      ["/script.js", "text/javascript; charset=utf-8"],
      ["/board.json", "application/json; charset=utf-8"],
      ["/services/api", "text/html; charset=utf-8"],
    ] as const) {
      const answer = await get(path);
      assert.deepEqual([path, answer.status, answer.headers.get("content-type")], [path, 200, type]);
      const policy = answer.headers.get("content-security-policy") ?? "";
      assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; /);
      assert.match(policy, /frame-ancestors 'none'$/);
      assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
    }
  });

  it("sends a page only the rows that changed", async () => {
    const stream = events(`/events?since=${await followsFrom()}`);
    const [first] = [(await stream.next()).value];
    assert.equal(first?.event, "pulse");
    followed.become(one("v2", { web: { dev: { declared: declared("v1") } } }));
    assert.deepEqual((await nextChange(stream)).rows, ["api", "web"]);
    followed.become(one("v3", { web: { dev: { declared: declared("v1") } } }));
    const change = await nextChange(stream);
    assert.deepEqual([change.rows, change.order], [["api"], ["api", "web"]]);
    followed.become(one("v3"));
    assert.deepEqual((await nextChange(stream)).order, ["api"]);
    await stream.return(undefined);
  });

  it("sends a reconnected page what it missed, and a page of an earlier server everything", async () => {
    const from = await followsFrom();
    const watching = events(`/events?since=${from}`);
    await watching.next();
    followed.become(one("v2", { web: { dev: { declared: declared("v1") } } }));
    const { id } = await nextChange(watching);
    followed.become(one("v2", { web: { dev: { declared: declared("v2") } } }));
    await nextChange(watching);
    await watching.return(undefined);
    const back = events(`/events?since=${from}`, { "last-event-id": id });
    assert.deepEqual((await nextChange(back)).rows, ["web"]);
    await back.return(undefined);
    const old = events("/events?since=0ther-99");
    assert.deepEqual((await nextChange(old)).rows, ["api", "web"]);
    await old.return(undefined);
  });

  it("allows no method that writes", async () => {
    for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
      for (const path of ["/", "/board.json", "/events", "/services/api", "/nothing"]) {
        const answer = await fetch(new URL(path, served.url), { method });
        assert.deepEqual([method, path, answer.status, answer.headers.get("allow")], [method, path, 405, "GET, HEAD"]);
      }
    }
  });

  it("returns 404 for a service that does not exist, and escapes its name", async () => {
    for (const path of ["/services/web", "/services/%3Cb%3E", "/services/..%2f..%2fpackage.json", "/package.json"]) {
      const answer = await get(path);
      assert.equal(answer.status, 404, path);
      assert.doesNotMatch(await answer.text(), /<b>/);
    }
  });

  it("answers only to its own host names, so that no other site can read it by DNS rebinding", async () => {
    const { port } = new URL(served.url);
    const asked = (host: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const options = { host: "127.0.0.1", port, headers: { host } };
        request(options, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        })
          .on("error", reject)
          .end();
      });
    assert.equal(await asked(`localhost:${port}`), 200);
    assert.equal(await asked(`evil.example:${port}`), 421);
  });

  it("listens on the given address only, and reports a port that is in use", async () => {
    const { port } = new URL(served.url);
    const elsewhere = connect({ host: "127.0.0.2", port: Number(port) });
    const [error] = (await once(elsewhere, "error")) as [NodeJS.ErrnoException];
    assert.equal(error.code, "ECONNREFUSED");
    const again = { follower: followed, assets: { style: "", script: "" }, host: "127.0.0.1", port: Number(port) };
    await assert.rejects(serve(again), { message: /^--port: got \d+, which another program listens on; expected / });
  });
});
