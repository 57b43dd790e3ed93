import { CHARTS, SERVICE_CHART } from "@gitops-platform/contract/paths";
import { isChartFolder, parseImagePath, SERVICE_SOURCE, type Source } from "@gitops-platform/contract/source";
import type { Entry } from "@gitops-platform/rules/entry";
import { suggest } from "@gitops-platform/contract/problems";
import { PROFILE_NAMES } from "@gitops-platform/environments/profiles";

const KEYS = ["chart", "image", "manifests", "container", "kustomize"] as const;
type Entries = Partial<Record<(typeof KEYS)[number], Entry>>;

/** Reads a declaration's key `source`. Undefined without it, and for what its problems make unusable. */
export function readSource(entry: Entry | undefined): Source | undefined {
  if (!entry) return undefined;
  const entries = entry.keys(KEYS);
  const kinds = [entries.chart, entries.manifests, entries.kustomize].filter((kind) => kind !== undefined);
  if (kinds.length !== 1) {
    const fix = "Write chart: charts/<name>, kustomize: charts/<name>, or manifests: true.";
    entry.problem("one of chart, kustomize and manifests", fix);
    return undefined;
  }
  if (entries.chart) return readChart(entries);
  return entries.kustomize ? readKustomize(entries) : readManifests(entries);
}

function readChart({ chart, image, container }: Entries): Source | undefined {
  container?.problem("no such key with chart", "Remove it; image says where the image is in the values.");
  const expected = "the folder of a chart, such as charts/shop";
  const fix = `Write ${CHARTS}/ and a name of lower-case letters, digits and hyphens.`;
  const folder = chart?.text(expected, fix);
  if (folder === SERVICE_CHART)
    chart?.problem("another chart", "Remove source: every service has this chart by default.");
  else if (folder !== undefined && !isChartFolder(folder)) chart?.problem(expected, fix);
  const keys = readImagePath(image);
  return folder !== undefined && keys ? { kind: "chart", chart: folder, image: keys } : undefined;
}

function readImagePath(image: Entry | undefined): readonly string[] | undefined {
  if (!image) return SERVICE_SOURCE.image;
  const expected = "the keys to the image in the values, with dots between them";
  const fix = "Write it as web.image: the mapping has repository, tag and digest.";
  const text = image.text(expected, fix);
  const keys = text === undefined ? undefined : parseImagePath(text);
  if (text !== undefined && !keys) image.problem(expected, fix);
  return keys;
}

const IMAGE = /^[a-z0-9]([\w./:-]*[A-Za-z0-9])?$/;

function readKustomize({ kustomize, image, container }: Entries): Source | undefined {
  container?.problem("no such key with kustomize", "Remove it; image says which entry of images is the version.");
  const expected = "the folder of a base, such as charts/shop";
  const fix = `Write ${CHARTS}/ and a name of lower-case letters, digits and hyphens.`;
  const base = kustomize?.text(expected, fix);
  if (base !== undefined && (!isChartFolder(base) || base === SERVICE_CHART)) kustomize?.problem(expected, fix);
  const rule = "the name of an entry of images";
  const name = image?.text(rule, "Name the entry whose version is the service's.");
  if (name !== undefined && !IMAGE.test(name)) image?.problem(rule, "Write it as in the kustomization.");
  return base === undefined ? undefined : { kind: "kustomize", base, image: name };
}

const CONTAINER = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

function readManifests({ manifests, image, container }: Entries): Source | undefined {
  image?.problem("no such key with manifests", "Remove it; container says whose image is the service's version.");
  const isOn = manifests?.flag();
  if (isOn === false) manifests?.problem("true", "Remove source for the service chart.");
  const expected = "the name of a container";
  const name = container?.text(expected, "Name the container whose image is the service's version.");
  if (name !== undefined && !CONTAINER.test(name)) container?.problem(expected, "Write it as in the objects.");
  return isOn === true ? { kind: "manifests", container: name } : undefined;
}

/** Reads a declaration's key `profile`. Undefined without it, and for an unknown name, which is a problem. */
export function readProfile(entry: Entry | undefined): string | undefined {
  const expected = `one of ${PROFILE_NAMES.join(", ")}`;
  const name = entry?.text(expected, "Name a profile, or remove the line for the default.");
  if (name === undefined || PROFILE_NAMES.includes(name)) return name;
  entry?.problem(expected, suggest(name, PROFILE_NAMES));
  return undefined;
}
