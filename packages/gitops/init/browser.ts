import { execa } from "execa";

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
