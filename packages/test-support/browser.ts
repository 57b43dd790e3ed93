import assert from "node:assert/strict";

/** A page that a {@link Browser} shows. */
export interface Page {
  readonly url: string;
  readonly status: number;
  readonly html: string;
}

/** A browser without scripts: it follows redirects, and sends the form of a page. */
export class Browser {
  /**
   * @param server The URL of GitHub.
   * @param token With what the person is logged in there. No other server gets it.
   */
  constructor(
    private readonly server: string,
    private readonly token?: string,
  ) {}

  /** Opens a page. */
  open(url: string): Promise<Page> {
    return this.load(url);
  }

  /**
   * Presses the only button of a page.
   * @param fields What the person enters. An option of a `select` is chosen by its text.
   */
  press({ url, html }: Page, fields: Record<string, string> = {}): Promise<Page> {
    const form = /<form method="post" action="([^"]*)">([^]*?)<\/form>/.exec(html);
    assert.ok(form, html);
    const [, action = "", inner = ""] = form;
    const sent = new URLSearchParams();
    for (const [tag] of inner.matchAll(/<input[^>]*>/g)) {
      const isChosen = attribute(tag, "type") !== "radio" || tag.includes(" checked");
      if (isChosen) sent.set(attribute(tag, "name"), attribute(tag, "value"));
    }
    const select = /<select name="([^"]*)">([^]*?)<\/select>/.exec(inner);
    for (const [name, value] of Object.entries(fields)) {
      const option = new RegExp(`<option value="([^"]*)">${value}</option>`).exec(select?.[2] ?? "");
      sent.set(name, name === select?.[1] ? (option?.[1] ?? "") : value);
    }
    return this.load(new URL(unescape(action), url).href, sent);
  }

  private async load(url: string, form?: URLSearchParams): Promise<Page> {
    const headers: Record<string, string> = {};
    if (this.token !== undefined && new URL(url).origin === this.server) headers.Authorization = `token ${this.token}`;
    const init = form ? { method: "POST", body: form } : {};
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    const location = response.headers.get("location");
    const html = await response.text();
    return location === null ? { url, status: response.status, html } : this.load(new URL(location, url).href);
  }
}

function attribute(tag: string, name: string): string {
  return unescape(new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? "");
}

function unescape(text: string): string {
  return text.replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
