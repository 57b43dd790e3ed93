import { posix } from "node:path";
import type { IVolume } from "kubernetes-models/v1";
import { dataOf, type References } from "./references";
import type { Container, Workload } from "./workload";

/** A file of a mounted volume, by its absolute path in the container. */
export interface VolumeFile {
  path: string;
  content: Buffer;
}

/** The content of a container's mount paths. */
export interface Volumes {
  /** Mount paths: folders that exist, with or without files. */
  folders: string[];
  /** The mount paths that contain exactly the files below: ConfigMap and Secret volumes. */
  exact: string[];
  files: VolumeFile[];
}

/**
 * The content of a container's ConfigMap and Secret volumes; other volumes are empty folders.
 * @throws MissingReference if a required object or key is missing
 */
export function volumesOf(container: Container, workload: Workload, references: References): Volumes {
  const mounts = container.volumeMounts ?? [];
  const whole = mounts.filter((mount) => mount.subPath === undefined);
  return {
    folders: whole.map((mount) => mount.mountPath),
    exact: whole.filter((mount) => isData(volumeOf(mount.name, workload))).map((mount) => mount.mountPath),
    files: mounts.flatMap(({ name, mountPath, subPath }) =>
      volumeFiles(name, workload, references)
        .filter(({ path }) => subPath === undefined || path === subPath)
        .map(({ path, content }) => ({
          path: subPath === undefined ? posix.join(mountPath, path) : mountPath,
          content,
        })),
    ),
  };
}

function volumeOf(name: string, workload: Workload): IVolume | undefined {
  return workload.template.spec?.volumes?.find((volume) => volume.name === name);
}

function isData(volume: IVolume | undefined): boolean {
  return volume?.configMap !== undefined || volume?.secret !== undefined;
}

function volumeFiles(name: string, workload: Workload, references: References): VolumeFile[] {
  const volume = volumeOf(name, workload);
  if (volume?.configMap) return select(dataOf(references, "ConfigMap", volume.configMap), volume.configMap);
  if (volume?.secret) {
    const { secretName, optional, items } = volume.secret;
    return select(dataOf(references, "Secret", { name: secretName, optional }), { items });
  }
  return [];
}

/**
 * `items` selects keys and gives their paths. Argo CD's own templates list keys that an installed Secret may lack
 * (ca.crt), so missing keys are skipped.
 */
function select(
  data: Record<string, Buffer> | undefined,
  source: { items?: { key: string; path: string }[] },
): VolumeFile[] {
  const items = source.items ?? Object.keys(data ?? {}).map((key) => ({ key, path: key }));
  return items.flatMap(({ key, path }) => {
    const content = data?.[key];
    return content === undefined ? [] : [{ path, content }];
  });
}
