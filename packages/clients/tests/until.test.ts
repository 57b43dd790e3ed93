import assert from "node:assert/strict";
import { NotReached, until } from "../until";

describe("until", () => {
  it("returns the probe's result, after as many probes as necessary", async () => {
    let looks = 0;
    const found = await until(
      "three looks",
      () => Promise.resolve(++looks === 3 ? { done: looks } : { waitingFor: "more" }),
      { everyMilliseconds: 1 },
    );
    assert.equal(found, 3);
  });

  it("reports each reason once, including the message of an exception", async () => {
    const reasons: string[] = [];
    const results = [
      () => Promise.resolve({ waitingFor: "a" }),
      () => Promise.resolve({ waitingFor: "a" }),
      () => Promise.reject(new Error("refused")),
      () => Promise.resolve({ done: true }),
    ];
    await until("the end", () => (results.shift() ?? assert.fail())(), {
      everyMilliseconds: 1,
      onWait: (reason) => reasons.push(reason),
    });
    assert.deepEqual(reasons, ["a", "refused"]);
  });

  it("throws after the timeout, with the state and the last reason", async () => {
    const never = until("api in prod Healthy", () => Promise.resolve({ waitingFor: "api is Progressing" }), {
      timeoutSeconds: 0.01,
      everyMilliseconds: 1,
    });
    await assert.rejects(never, (error: Error) => {
      assert.ok(error instanceof NotReached);
      assert.equal(error.message, "api in prod Healthy: not reached within 0.01 s; api is Progressing");
      return true;
    });
  });
});
