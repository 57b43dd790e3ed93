import { isServiceName } from "@gitops-platform/contract/catalogue";
import { show, type Problem } from "@gitops-platform/contract/problems";
import { isReservedNamespace } from "../names";
import { isTeam } from "../preflight";
import { serviceName } from "./delivery";
import type { ownersArea } from "./owners";
import type { repositoryArea } from "./repository";
import { area, type ConfigurationOf } from "./setting";
import { list, text } from "./values";

const seedRule = {
  expected: "a list of service names",
  fix: "Write it as lines of - <service>; add later services with gitops service add.",
};

const TEAM_SLUG = /^[a-z0-9_]+(-+[a-z0-9_]+)*$/;

/** An image of one build. */
export interface PinnedImage {
  /** Registry and path. */
  readonly repository: string;
  readonly tag: string;
  /** `sha256:…`. */
  readonly digest: string;
}

/** The parts of `<repository>:<tag>@<digest>`; undefined if the text has another form. */
export function parsePinnedImage(text: string): PinnedImage | undefined {
  const form =
    /^([a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+):(\w[\w.-]{0,127})@(sha256:[0-9a-f]{64})$/;
  const [, repository, tag, digest] = form.exec(text) ?? [];
  return repository === undefined || tag === undefined || digest === undefined
    ? undefined
    : { repository, tag, digest };
}

/**
 * An image that anybody can pull. It answers 200 to every path on port 8080 and writes no file, so it runs with the
 * service chart's defaults: https://github.com/GoogleCloudPlatform/kubernetes-engine-samples (quickstarts/hello-app).
 * The digest is from https://cloud.google.com/binary-authorization/docs/deploying-containers. Only the digest decides
 * what is pulled.
 */
export const PUBLIC_IMAGE =
  "us-docker.pkg.dev/google-samples/containers/gke/hello-app:2.0" +
  "@sha256:37e5287945774f27b418ce567cd77f4bbc9ef44a1bcd1a2312369f31f9cce567";

/** The services of a new repository's first content. Git owns them afterwards. */
export const seedArea = area({
  "repository.seed": {
    schema: list(seedRule, serviceName),
    doc: "The services that a new repository's first content declares, with values in each environment. May be empty.",
    default: "the service `api`",
    example: ["api"],
    owningStackOnly: true,
  },
  "repository.seedTeam": {
    schema: text(
      {
        expected: "the name of a team of the organisation",
        fix: "Write it as in github.com/orgs/<organisation>/teams/<team>.",
      },
      (team) => team.length <= 100 && TEAM_SLUG.test(team),
    ),
    doc: "The team that owns the services of `repository.seed`, in their declarations.",
    default: "the first team in `repository.platformTeam`",
    example: "payments",
    owningStackOnly: true,
  },
  "repository.seedImage": {
    schema: text(
      {
        expected: "an image as <registry>/<path>:<tag>@sha256:<64 of 0-9 and a-f>",
        fix: "Add the digest that docker push prints.",
      },
      (image) => parsePinnedImage(image) !== undefined,
    ),
    doc:
      "The image of the services in a new repository's first content. It must answer `/healthz` and `/readyz` on " +
      "port 8080 as any user. `gitops init` sets a public image, for the service `hello`.",
    default: "`ghcr.io/<owner>/<service>`, with a placeholder tag until CI has pushed an image",
    example: PUBLIC_IMAGE,
    owningStackOnly: true,
  },
});

type SeedConfiguration = ConfigurationOf<typeof seedArea & typeof ownersArea & typeof repositoryArea>;

/** The services of the first content; none in a repository that has its files. */
export function seedOf({ repository }: SeedConfiguration): readonly string[] {
  return repository?.adopt === true || repository?.filled === true ? [] : (repository?.seed ?? ["api"]);
}

/** The team in the declarations of these services; undefined if no setting names one. */
export function seedTeamOf({ repository }: SeedConfiguration): string | undefined {
  return repository?.seedTeam ?? repository?.platformTeam?.find(isTeam)?.split("/")[1]?.toLowerCase();
}

/** Checks that the first services can be declared. */
export function checkSeed(configuration: SeedConfiguration): Problem[] {
  const { repository } = configuration;
  const seed = seedOf(configuration);
  return [
    ...seed.flatMap((name, index): Problem[] => {
      const key = `repository.seed[${index}]`;
      if (isReservedNamespace(name)) {
        const fix = "argocd, default and kube-* are reserved, and the service's namespace has its name.";
        return [{ key, got: show(name), expected: "another name", fix }];
      }
      if (seed.indexOf(name) !== index) {
        return [{ key, got: show(name), expected: "a unique name", fix: "Remove the second one." }];
      }
      if (isServiceName(name)) return [];
      return [{ key, got: show(name), expected: "another name", fix: "The platform uses this name itself." }];
    }),
    ...(repository?.platformTeam !== undefined && seed.length > 0 && seedTeamOf(configuration) === undefined
      ? [
          {
            key: "repository.seedTeam",
            got: "nothing, and no team in repository.platformTeam",
            expected: "the team that owns the first services",
            fix: "Set it, or set repository.seed to [] for a repository without services.",
          },
        ]
      : []),
  ];
}
