import { bump, type BumpOptions } from "../../versions/bump";
import { land } from "../../versions/land";
import type { Outcome } from "../../versions/outcome";
import {
  type ChangeOptions,
  GitopsRepository,
  repository,
  values,
} from "@gitops-platform/test-support/gitops-repository";
import type { Session } from "../../session";

export const pathOf = (service: string) => `environments/dev/${service}.yaml`;

/** The values of a service at the beginning of a test. */
const FIRST = "sha-1111111";

/** A GitOps repository whose bumps wait in the queue. */
export class WithQueue extends GitopsRepository {
  /** @param services Those with values in dev. */
  constructor(private readonly services: readonly string[] = ["api", "web", "jobs"]) {
    super();
  }

  async begin(codeOwners: Record<string, string[]> = {}): Promise<void> {
    const files = this.services.map((service) => [pathOf(service), values(FIRST, service)]);
    await this.make({ codeOwners, files: Object.fromEntries(files) as Record<string, string> });
  }

  /** Requests a version in the workflow Bump, or as a person. */
  bump(service: string, tag: string, options: BumpOptions & ChangeOptions = {}): Promise<Outcome> {
    const order = { service, environment: "dev", version: { tag } };
    return this.change((session, waiting) => bump(session, order, waiting, options), options);
  }

  /** Queues the same version of some services, one after the other. */
  async queue(services: readonly string[], tag: string): Promise<void> {
    await this.change(async (session, waiting) => {
      for (const service of services) {
        await bump(session, { service, environment: "dev", version: { tag } }, waiting);
      }
    });
  }

  /** Lands the queue, as the workflow Land does. */
  landQueue(options: ChangeOptions & { in?: (session: Session) => Session } = {}): Promise<Outcome[]> {
    const { alertsUrl } = this;
    const change = options.in ?? ((session) => session);
    return this.change((session, waiting) => land(change({ ...session, alertsUrl }), waiting), options);
  }

  /** Where alerts are sent, if anywhere. */
  alertsUrl: string | undefined;

  /** The branches besides `main` and `env/prod`, which always exist. */
  async branches(): Promise<string[]> {
    const { data } = await this.octokit("owner").rest.repos.listBranches({ ...repository, per_page: 100 });
    return data.map(({ name }) => name).filter((name) => !["main", "env/prod"].includes(name));
  }

  /** The tags of the services on `main`. */
  async tags(): Promise<(string | undefined)[]> {
    const texts = await Promise.all(this.services.map((service) => this.read(pathOf(service))));
    return texts.map((text) => /sha-\d+/.exec(text)?.[0]);
  }

  /** Whether a commit has a service's version. */
  async has(ref: string, service: string, tag: string): Promise<boolean> {
    return (await this.read(pathOf(service), ref)).includes(tag);
  }
}

/** An outcome without its details. */
export function short({ service, state }: Outcome): string {
  return `${service} ${state}`;
}
