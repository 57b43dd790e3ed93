import { join } from "node:path";
import { until } from "@gitops-platform/clients/until";
import { OpenBoard } from "../e2e/support/board";
import { healthy, typed } from "../e2e/support/versions";
import { fileOn, openBump, openRelease, propose, start } from "../e2e/support/people";
import { cluster, reconfigure, root } from "../e2e/support/platform";

const TAG = "sha-b2c3d4e";
const BEFORE = "sha-a1b2c3d";
const folder = join(root, "docs/pictures");

/** Tells the story of a version of the API service, and keeps a picture of each of its moments. */
export async function tellStory(): Promise<void> {
  const board = await OpenBoard.open({ width: 1280, height: 560 });
  const { page } = board;
  const picture = (name: string) => page.screenshot({ path: join(folder, `${name}.png`) });
  const close = () => board.row().locator(".opener[aria-expanded=true]").click();
  try {
    const bumping = start("developer", "bump", "api", "--tag", TAG);
    await openBump();
    // The account that bumps merges, too.
    bumping.kill("SIGSTOP");
    await board.transition("dev").filter({ hasText: "waits for its merge" }).waitFor();
    await picture("1-bump");
    bumping.kill("SIGCONT");
    await bumping;

    await board.lands("dev", TAG);
    await healthy("dev", TAG);
    await typed("developer", "promote", "api", "--from", "dev", "--to", "staging");
    await board.lands("staging", TAG);
    await board.transition("prod").filter({ hasText: "not promoted" }).waitFor();
    await picture("2-staging");

    await healthy("staging", TAG);
    await typed("developer", "promote", "api", "--from", "staging", "--to", "prod");
    await openRelease("api", TAG);
    await board.transition("prod").filter({ hasText: "a review by" }).waitFor();
    await picture("3-waits");

    await others(board);
    await overview(board);
    await page.locator(".choice.drift").click();
    await picture("5-drift");
    await page.locator(".choice.all").click();

    await typed("approver", "approve", "api");
    await board.lands("prod", TAG);
    await openWay(board, `approved by @approver`);
    await picture("4-production");
    await close();

    const healing = new Date();
    await reconfigure("dev", (config) => {
      config["gitops-platform:delivery"] = { sync: "auto", drift: "heal" };
    });
    await board.happened("healed", "dev", healing, "checkout");
    const events = await page.locator(".events").boundingBox();
    const clip = { x: 0, y: events?.y ?? 0, width: 1280, height: 260 };
    await page.screenshot({ path: join(folder, "6-healed.png"), fullPage: true, clip });

    await typed("developer", "rollback", "api", "--env", "prod", "--reason", "Every tenth request takes two seconds");
    await openRelease("api", BEFORE);
    await typed("other-approver", "approve", "api");
    await board.lands("prod", BEFORE);
    await openWay(board, "approved by @other-approver");
    await picture("7-rolled-back");
  } finally {
    await board.close();
  }
}

/**
 * What else a platform has on a day: a version that goes on later, one that is refused, an edit by hand. The edit is of
 * the service that was synced last: Argo CD has yet to sync the others for the newest commit, and would take an edit of
 * theirs with it.
 */
async function others(board: OpenBoard): Promise<void> {
  await typed("developer", "bump", "checkout", "--tag", "sha-9a4c1e2");
  await board.lands("dev", "sha-9a4c1e2", "checkout");
  const path = "environments/staging/mail.yaml";
  const files = { [path]: (await fileOn("main", path)).replace(/tag: "[^"]*"/, 'tag: "latest"') };
  const title = "Try the newest mail";
  await propose({ by: "developer", base: "main", title, files, branch: "promote/mail-to-staging" });
  const checkout = { apiVersion: "apps/v1", kind: "Deployment", namespace: "checkout", name: "checkout" };
  await cluster("dev").patch(checkout, { spec: { revisionHistoryLimit: 9 } });
  for (const [service, flag] of [
    ["checkout", "drift"],
    ["mail", "refused"],
  ] as const) {
    await board.row(service).locator(`.flag.${flag}`).waitFor();
  }
}

/** All services of the board, in light and dark. */
async function overview(board: OpenBoard): Promise<void> {
  const clip = { x: 0, y: 0, width: 1280, height: 600 };
  for (const colorScheme of ["light", "dark"] as const) {
    await board.page.emulateMedia({ colorScheme });
    await board.page.screenshot({ path: join(folder, `board-${colorScheme}.png`), fullPage: true, clip });
  }
  await board.page.emulateMedia({ colorScheme: "light" });
}

/** Opens the pipelines of the API service's versions, once production's cell says who let the version in. */
async function openWay(board: OpenBoard, approval: string): Promise<void> {
  await board.cell("prod").filter({ hasText: approval }).waitFor();
  await board.row().locator(".opener").click();
  await board.row().locator(".pipeline").first().waitFor();
  await until("the event of it", async () => {
    const newest = await board.page.locator(".event").first().innerText();
    return newest.includes("approved by") ? { done: true } : { waitingFor: newest };
  });
}
