import * as pulumi from "@pulumi/pulumi";
import supported from "../supported.json";

/**
 * Makes sure that the Pulumi CLI is new enough.
 * @param ask Asks the CLI whether it is in a range of versions, and throws where it is not.
 * @throws {pulumi.RunError} saying which one is wanted; Pulumi shows it without a stack trace.
 */
export async function requirePulumi(
  ask: (range: string) => Promise<void> = pulumi.requirePulumiVersion,
): Promise<void> {
  try {
    await ask(`>=${supported.pulumi}.0`);
  } catch (error) {
    const got = /\d+\.\d+\.\d+/.exec(String(error))?.[0] ?? "one that does not say its version";
    throw new pulumi.RunError(
      `pulumi: got ${got}; expected Pulumi ${supported.pulumi} or newer. Install it: https://www.pulumi.com/docs/install/`,
    );
  }
}
