import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "@gitops-platform/contract/failure";
import type { AppName } from "@gitops-platform/contract/apps";
import type { ApiSession } from "../session";
import type { OpenPage } from "./manifest-page";
import type { Stacks } from "./stacks";

/** What the steps of one run of `gitops init` work with. */
export interface InitSession extends ApiSession {
  readonly openPage: OpenPage;
  /** The pauses between two questions to GitHub, in milliseconds. Default: those of {@link Waiting}. */
  readonly pauses?: { readonly first: number; readonly longest: number };
  readonly stacks: Stacks;
  readonly state: State;
}

/** The name of the state's file, in the project's folder. Git ignores it. */
export const STATE_FILE = ".gitops-init.json";

/** An App that was created. */
export interface CreatedApp {
  readonly id: number;
  readonly slug: string;
  /** Undefined: it is not installed on the repository yet. */
  installationId?: number;
}

interface Content {
  /** The repository, as `owner/name`. */
  readonly repository: string;
  /** The login of the person who began. */
  readonly startedBy: string;
  readonly apps: Partial<Record<AppName, CreatedApp>>;
  /** The secrets that are not in the stacks' files yet, by the name of their {@link Secret}. */
  readonly secrets: Partial<Record<string, string>>;
}

/** What `gitops init` has done and cannot see elsewhere, so that it can continue after an interruption. */
export class State {
  private constructor(
    private readonly file: string,
    private readonly content: Content,
  ) {}

  /**
   * Reads the state of a folder, or begins one. Nothing is written before the first change.
   * @throws {Failure} if it is damaged, or of another repository or person.
   */
  static open(folder: string, repository: string, login: string): State {
    const file = join(folder, STATE_FILE);
    const fresh: Content = { repository, startedBy: login, apps: {}, secrets: {} };
    if (!existsSync(file)) return new State(file, fresh);
    const found = parse(readFileSync(file, "utf8"));
    const remove = `delete ${STATE_FILE} to begin again, and the Apps that it names on GitHub`;
    if (!found)
      throw new Failure(`${STATE_FILE}: got a damaged file; expected what init wrote. Restore it, or ${remove}.`);
    if (found.repository.toLowerCase() !== repository.toLowerCase()) {
      throw new Failure(
        `${STATE_FILE}: got the set-up of ${found.repository}; expected ${repository}. ` +
          `Finish that one first, or ${remove}.`,
      );
    }
    if (found.startedBy !== login) {
      throw new Failure(
        `${STATE_FILE}: got a set-up that ${found.startedBy} began; expected ${login}'s. ` +
          `Let ${found.startedBy} finish it, or ${remove}.`,
      );
    }
    return new State(file, found);
  }

  get apps(): Content["apps"] {
    return this.content.apps;
  }

  get secrets(): Content["secrets"] {
    return this.content.secrets;
  }

  /** Writes the state, for its owner only. Replaced atomically, because it has the only copy of the Apps' keys. */
  save(): void {
    const draft = `${this.file}.new`;
    writeFileSync(draft, `${JSON.stringify(this.content, undefined, 2)}\n`, { mode: 0o600 });
    // The mode above does not apply to a draft that an interrupted run left.
    chmodSync(draft, 0o600);
    renameSync(draft, this.file);
  }
}

function parse(text: string): Content | undefined {
  try {
    const { repository, startedBy, apps, secrets } = JSON.parse(text) as Partial<Content>;
    if (repository === undefined || startedBy === undefined || !apps || !secrets) return undefined;
    return { repository, startedBy, apps, secrets };
  } catch {
    return undefined;
  }
}
