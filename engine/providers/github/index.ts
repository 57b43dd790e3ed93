import type { ProviderFactory } from "../../provider";
import { readOptions } from "./options";
import { GitHubProvider } from "./provider";
import { GitHub } from "./rest";

/** Creates the provider of a `pulumi:providers:github` resource. */
export const githubProvider: ProviderFactory = (inputs) =>
  Promise.resolve().then(() => new GitHubProvider(new GitHub(readOptions(inputs))));
