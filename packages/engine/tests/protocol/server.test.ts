import assert from "node:assert/strict";
import * as grpc from "@grpc/grpc-js";
import { serveProtocol, type Handlers } from "../../protocol/server";

/** Requests of real programs are tested in program.test.ts. This file tests requests that no SDK sends. */
describe("the protocol server", () => {
  it("fails the run on a malformed registration", async () => {
    const failed = Promise.withResolvers<unknown>();
    const handlers: Handlers = {
      register: () => assert.fail("nothing was registered"),
      registerOutputs: () => undefined,
      log: () => undefined,
      finished: () => undefined,
      fail: failed.resolve,
    };
    const server = await serveProtocol(handlers);
    const client = new grpc.Client(server.address, grpc.credentials.createInsecure());
    try {
      const asIs = (bytes: Buffer): Buffer => bytes;
      const cut = Buffer.from([0x2a, 0x7f, 0x01]);
      client.makeUnaryRequest("/pulumirpc.ResourceMonitor/RegisterResource", asIs, asIs, cut, (error) => {
        // Stopping the server ends the call without a response; a response would have arrived before.
        if (error?.code !== grpc.status.UNAVAILABLE) failed.reject(error ?? new Error("it was answered"));
      });
      assert.ok((await failed.promise) instanceof Error);
    } finally {
      client.close();
      server.stop();
    }
  });
});
