import * as pulumi from "@pulumi/pulumi";
import supported from "../supported.json";

/**
 * Checks that the Pulumi CLI is new enough.
 * @param requireVersion Throws if the CLI's version is not in the given range.
 * @throws {pulumi.RunError} naming the required version. Pulumi shows it without a stack trace.
 */
export async function requirePulumi(
  requireVersion: (range: string) => Promise<void> = pulumi.requirePulumiVersion,
): Promise<void> {
  try {
    await requireVersion(`>=${supported.pulumi}.0`);
  } catch (error) {
    const got = /\d+\.\d+\.\d+/.exec(String(error))?.[0] ?? "an unknown version";
    throw new pulumi.RunError(
      `pulumi: got ${got}; expected Pulumi ${supported.pulumi} or newer. ` +
        "Install it: https://www.pulumi.com/docs/install/",
    );
  }
}
