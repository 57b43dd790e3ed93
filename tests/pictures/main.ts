/**
 * `npm run pictures`: makes docs/pictures/ again, by a sandbox of its own that tells the story of docs/story.md.
 * Nothing in them is drawn: each is the board as it was at that moment.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mochaGlobalSetup, mochaGlobalTeardown } from "../e2e/support/lifecycle";
import { addServices } from "./services";
import { tellStory } from "./story";

async function main(): Promise<void> {
  const listener = createServer((_, response) => response.end());
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  await mochaGlobalSetup();
  try {
    await addServices(`http://127.0.0.1:${(listener.address() as AddressInfo).port}/`);
    await tellStory();
  } finally {
    listener.close();
    await mochaGlobalTeardown();
  }
}

void main();
