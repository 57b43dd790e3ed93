import { gzipSync } from "node:zlib";

/** An entry of an archive. */
export interface Entry {
  readonly path: string;
  readonly content?: string | Buffer;
  /** As in the tar format. Default: a file. */
  readonly type?: string;
}

/** A packed chart with any entries, also those that no program would pack. */
export function packed(...entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap(({ path, content = "", type = "0" }) => {
    const bytes = Buffer.from(content);
    const header = Buffer.alloc(512);
    header.write(path, 0, 100);
    header.write("0000644\0", 100);
    header.write(`${bytes.length.toString(8).padStart(11, "0")}\0`, 124);
    header.write("        ", 148);
    header.write(type, 156);
    header.write("ustar\x0000", 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

/** The same of files below one folder. */
export function packedChart(folder: string, files: Readonly<Record<string, string | Buffer>>): Buffer {
  return packed(...Object.entries(files).map(([path, content]) => ({ path: `${folder}/${path}`, content })));
}
