import * as pulumi from "@pulumi/pulumi";
import { Recorder } from "./pulumi-mocks";

/** The options that a component gave to a resource. */
export type Options = Readonly<Record<string, pulumi.CustomResourceOptions>>;

/** What a component made: every resource, and by name the options that mocks do not tell. */
export interface Construction {
  readonly recorder: Recorder;
  readonly options: Options;
}

/** Makes a component on mocks and waits until all of it is registered. */
export async function construct(
  make: (opts: pulumi.ComponentResourceOptions) => unknown,
  stack = "prod",
): Promise<Construction> {
  const recorder = new Recorder();
  await pulumi.runtime.setMocks(recorder, "gitops-platform", stack, false);
  const options: Record<string, pulumi.CustomResourceOptions> = {};
  await pulumi.runtime.runInPulumiStack(() => {
    make({
      transformations: [
        ({ name, opts }) => {
          options[name] = opts;
          return undefined;
        },
      ],
    });
    return Promise.resolve({});
  });
  // Waits for every registration, those of dependent resources too.
  await pulumi.runtime.disconnect();
  return { recorder, options };
}

/** The names of the resources that a resource waits for. */
export async function dependencies(options: pulumi.CustomResourceOptions | undefined): Promise<string[]> {
  const resources = (await pulumi.output(options?.dependsOn ?? []).promise()) as unknown;
  const urns = (Array.isArray(resources) ? resources : [resources]).map(({ urn }: pulumi.Resource) => urn.promise());
  return (await Promise.all(urns)).map((urn) => urn.split("::").at(-1) ?? "").sort();
}

declare module "@pulumi/pulumi" {
  interface OutputInstance<T> {
    /** The value; the SDK has it, and keeps it for its own tests. */
    promise(): Promise<T>;
  }
}
