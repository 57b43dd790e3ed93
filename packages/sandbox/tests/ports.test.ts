import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isFree, rememberedPorts, requireFreePorts } from "../ports";

/** This does not prove that a port stays free between the choice and the program's start. */
describe("remembered ports", () => {
  let folder: string;
  let file: string;
  const servers: Server[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ports-"));
    file = join(folder, "ports.json");
  });

  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
    rmSync(folder, { recursive: true });
  });

  const listen = async (port: number): Promise<number> => {
    const server = createServer().listen(port, "127.0.0.1");
    servers.push(server);
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  };

  it("are 42 different ports, below the range of outgoing connections", async () => {
    await rememberedPorts({ ports: file });
    const ports = Object.values(JSON.parse(readFileSync(file, "utf8")) as Record<string, number>);
    assert.equal(ports.length, 42);
    assert.equal(new Set(ports).size, 42);
    assert.deepEqual(
      ports.filter((port) => port < 20_000 || port >= 32_768),
      [],
    );
  });

  it("are the same in a second call, and in two concurrent calls", async () => {
    const [first, second] = await Promise.all([rememberedPorts({ ports: file }), rememberedPorts({ ports: file })]);
    assert.deepEqual(second, first);
    assert.deepEqual(await rememberedPorts({ ports: file }), first);
  });

  it("are kept, and only missing ones are chosen", async () => {
    const first = await rememberedPorts({ ports: file });
    const table = JSON.parse(readFileSync(file, "utf8")) as Record<string, number>;
    delete table["prod.kwok"];
    writeFileSync(file, JSON.stringify(table));
    const second = await rememberedPorts({ ports: file });
    assert.ok(!Object.values(table).includes(second.environments.prod.cluster.kwok));
    second.environments.prod.cluster.kwok = first.environments.prod.cluster.kwok;
    assert.deepEqual(second, first);
  });

  it("are reported with a fix if another program uses one", async () => {
    const ports = await rememberedPorts({ ports: file });
    ports.environments.dev.cluster.apiServer = await listen(0);
    await assert.rejects(
      requireFreePorts(ports, file),
      new RegExp(`^Error: dev\\.apiServer: got port ${ports.environments.dev.cluster.apiServer}, .*npm run reset`),
    );
  });

  it("are recognised as free or in use", async () => {
    const port = await listen(0);
    assert.equal(await isFree(port), false);
    servers.pop()?.close();
    assert.equal(await isFree(port), true);
  });

  it("are not read from a file that is not JSON", async () => {
    writeFileSync(file, "{");
    await assert.rejects(rememberedPorts({ ports: file }), /ports\.json: got invalid JSON/);
  });
});
