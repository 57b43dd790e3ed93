import { InvalidArgumentError } from "commander";

/** Reads the number of a pull request from the command line. */
export function parseNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("Expected a number, such as 12.");
  return Number(text);
}
