import type { Browser, Locator, Page } from "playwright-core";
import type { EventKind } from "@gitops-platform/gitops/board/model/board";
import { rememberedPorts } from "@gitops-platform/sandbox/ports";
import { boardUrl } from "@gitops-platform/sandbox/stack-files";
import { until } from "@gitops-platform/clients/until";
import { complaintsOf, openBrowser } from "./browser";
import { paths } from "./platform";

/** An event as shown on the page. */
export interface ShownEvent {
  /** ISO 8601. */
  readonly at: string;
  readonly text: string;
}

const EVENTS = `[...document.querySelectorAll(".event")].map((event) => ({
  at: event.querySelector("time").dateTime,
  text: event.textContent.replaceAll(/\\s+/g, " ").trim(),
}))`;

/** The sandbox's own board in a browser. The page is opened once and then stays open. */
export class OpenBoard {
  private constructor(
    private readonly browser: Browser,
    readonly page: Page,
    /** Errors that the page logged. */
    readonly complaints: readonly string[],
  ) {}

  /** Opens the board in a new browser. @param viewport in pixels */
  static async open(viewport = { width: 1280, height: 900 }): Promise<OpenBoard> {
    const browser = await openBrowser();
    const page = await browser.newPage({ viewport });
    page.setDefaultTimeout(120_000);
    const complaints = complaintsOf(page);
    await page.goto(boardUrl(await rememberedPorts(paths)));
    // A reload clears this.
    await page.evaluate("window.openedOnce = true");
    return new OpenBoard(browser, page, complaints);
  }

  close(): Promise<void> {
    return this.browser.close();
  }

  /** Whether the page was not reloaded. */
  isSamePage(): Promise<boolean> {
    return this.page.evaluate<boolean>("window.openedOnce === true");
  }

  /** The row of a service. */
  row(service = "api"): Locator {
    return this.page.locator(`.row[data-service="${service}"]`);
  }

  /** A service in an environment. */
  cell(environment: string, service = "api"): Locator {
    return this.row(service).locator(`.cell[data-lane="${environment}"]`);
  }

  /** The transition into an environment. */
  transition(environment: string): Locator {
    return this.row()
      .locator("> .track > .leg", { has: this.page.locator(`.cell[data-lane="${environment}"]`) })
      .locator(".transition");
  }

  /** Waits until the board shows a version as desired and healthy in an environment. */
  async lands(environment: string, tag: string, service = "api"): Promise<void> {
    const cell = this.cell(environment, service).and(this.page.locator(".healthy"));
    await cell.filter({ has: this.page.locator(".image", { hasText: tag }) }).waitFor();
  }

  /** Waits until the page shows an event of a service at or after a time. Returns the event as shown. */
  async happened(kind: EventKind, environment: string, since: Date, service = "api"): Promise<ShownEvent> {
    return until<ShownEvent>(`${kind} in ${environment} on the page`, async () => {
      const all = await this.page.evaluate<ShownEvent[]>(EVENTS);
      const shown = all.filter(({ text }) => text.startsWith(`${service} ${kind} in ${environment} `));
      const [found] = shown.filter(({ at }) => Date.parse(at) >= since.getTime());
      return found ? { done: found } : { waitingFor: shown.map(({ at, text }) => `${at} ${text}`).join(" | ") };
    });
  }
}
