import { randomBytes } from "node:crypto";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Failure } from "@gitops-platform/contract/failure";
import { Html, html } from "../html";
import { execa } from "execa";

/** One use of the page: GitHub's form for a manifest, and what happens with GitHub's answer. */
interface Use {
  /** The URL of GitHub's form for a new App. */
  readonly form: string;
  /** The manifest, without `redirect_url`. */
  readonly manifest: object;
  /**
   * Exchanges GitHub's code for the App, and returns the URL of the page to show next. An error is shown on the page,
   * too.
   */
  readonly received: (code: string) => Promise<string>;
}

/**
 * A server on 127.0.0.1 that sends a manifest to GitHub by the person's browser, and receives GitHub's code:
 * https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
 */
export class ManifestPage {
  /** A part of each page's path. Other users of this machine reach the server too, but must not read a form's state. */
  private readonly secret = randomBytes(16).toString("hex");
  private readonly uses = new Map<string, Use & { state: string; done: (error?: Error) => void }>();

  private constructor(private readonly server: Server) {}

  /**
   * Starts the server.
   * @param port 0: any free port.
   * @throws {Failure} if the port is in use.
   */
  static async start(port: number): Promise<ManifestPage> {
    const server = createServer();
    const page = new ManifestPage(server);
    server.on("request", (request, response) => {
      // A page elsewhere must not reach this server under a name of its own.
      if (request.headers.host !== new URL(page.url).host) send(response, 421, "This is another server.");
      else void page.answer(new URL(request.url ?? "/", page.url), response);
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error: NodeJS.ErrnoException) => {
        const fix = "Choose another port, or 0 for any.";
        reject(new Failure(`--port: got ${port} (${error.code ?? error.message}); expected a free port. ${fix}`));
      });
      server.listen(port, "127.0.0.1", resolve);
    });
    return page;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Offers a page. `finished` settles when GitHub's code was received and exchanged. */
  offer(name: string, use: Use): { url: string; finished: Promise<void> } {
    // A state ties GitHub's answer to this run. A page that somebody else made cannot know it.
    const state = randomBytes(16).toString("hex");
    const finished = new Promise<void>((resolve, reject) => {
      const done = (error?: Error) => {
        if (error === undefined) resolve();
        else reject(error);
      };
      this.uses.set(name, { ...use, state, done });
    });
    return { url: this.urlOf(name), finished };
  }

  private urlOf(name: string): string {
    return `${this.url}/${this.secret}/${name}`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async answer({ pathname, searchParams }: URL, response: ServerResponse): Promise<void> {
    const [, secret, name = "", step] = pathname.split("/");
    const use = secret === this.secret ? this.uses.get(name) : undefined;
    if (!use) {
      send(response, 404, "There is nothing to do here. Return to the terminal.");
      return;
    }
    if (step !== "created") {
      send(response, 200, "GitHub shows what the App may do. Create it there.", this.formOf(name, use));
      return;
    }
    if (searchParams.get("state") !== use.state) {
      send(response, 400, "This answer is not of this run. Open the address in the terminal again.");
      return;
    }
    this.uses.delete(name);
    try {
      response.writeHead(302, { Location: await use.received(searchParams.get("code") ?? "") }).end();
      use.done();
    } catch (error) {
      send(response, 500, "It did not work. The terminal says why.");
      use.done(error as Error);
    }
  }

  private formOf(name: string, { form, manifest, state }: Use & { state: string }): Html {
    const content = JSON.stringify({ ...manifest, redirect_url: `${this.urlOf(name)}/created` });
    return html`<form method="post" action="${`${form}?state=${state}`}">
        <input type="hidden" name="manifest" value="${content}" /><button>Continue on GitHub</button>
      </form>
      ${new Html("<script>document.forms[0].submit()</script>")}`;
  }
}

function send(response: ServerResponse, status: number, text: string, body?: Html): void {
  response.writeHead(status, { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" });
  response.end(
    html`<!doctype html><title>gitops init</title>
      <p>${text}</p>
      ${body}`.toString(),
  );
}

/** Opens a page in the person's browser. Returns false if there is none on this machine. */
export type OpenPage = (url: string) => boolean;

/** Opens a page with the program that the operating system or BROWSER names for it. */
export const openPage: OpenPage = (url) => {
  const [program, ...args] = opener(process.platform, process.env) ?? [];
  if (program === undefined) return false;
  // Not awaited: some of these programs run as long as the browser. The page's address is printed in any case.
  execa(program, [...args, url], { stdio: "ignore", detached: true, cleanup: false, reject: false })
    .then(() => undefined)
    .catch(() => undefined);
  return true;
};

/** The program that opens a page; undefined without a screen. */
export function opener(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): string[] | undefined {
  if (env.BROWSER !== undefined && env.BROWSER !== "") return [env.BROWSER];
  if (platform === "darwin") return ["open"];
  if (platform === "win32") return ["explorer"];
  return env.DISPLAY !== undefined || env.WAYLAND_DISPLAY !== undefined ? ["xdg-open"] : undefined;
}
