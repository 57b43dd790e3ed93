import { InvalidArgumentError } from "commander";
import { type Format, FORMATS } from "./formats";

/** An additional report of the whole program, written to a file. */
export interface Copy {
  readonly format: Format;
  readonly file: string;
}

/**
 * Parses `<format>=<file>` from the command line.
 * @param earlier The values of earlier options, to which this one is appended.
 * @throws InvalidArgumentError if the format is unknown or the file is missing.
 */
export function readCopy(argument: string, earlier: readonly Copy[] = []): Copy[] {
  const [, format = "", file = ""] = /^(\w+)=(.+)$/.exec(argument) ?? [];
  if (isFormat(format)) return [...earlier, { format, file }];
  const formats = Object.keys(FORMATS).join(", ");
  throw new InvalidArgumentError(`Expected a format (${formats}) and a file, such as --write sarif=review.sarif.`);
}

function isFormat(name: string): name is Format {
  return Object.hasOwn(FORMATS, name);
}
