import { InvalidArgumentError } from "commander";
import { type Format, FORMATS } from "./formats";

/** A further report of the whole program: in which format, and to which file. */
export interface Copy {
  readonly format: Format;
  readonly file: string;
}

/**
 * Reads `<format>=<file>` of the command line.
 * @param earlier Those that were asked for already.
 * @throws InvalidArgumentError where the format is none, or the file is missing.
 */
export function readCopy(text: string, earlier: readonly Copy[] = []): Copy[] {
  const [, format = "", file = ""] = /^(\w+)=(.+)$/.exec(text) ?? [];
  if (isFormat(format)) return [...earlier, { format, file }];
  const formats = Object.keys(FORMATS).join(", ");
  throw new InvalidArgumentError(`Expected a format (${formats}) and a file: --write sarif=review.sarif.`);
}

function isFormat(name: string): name is Format {
  return Object.hasOwn(FORMATS, name);
}
