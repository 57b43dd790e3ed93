import { FILE_MODES } from "../chart/folder";
import type { Candidate } from "./candidate";
import type { Problem } from "./problem";

/**
 * Refuses symbolic links and submodules: what renders the files would follow them to a machine's own files, or to other
 * repositories.
 */
export function links({ changes }: Candidate): Problem[] {
  return changes
    .filter(({ mode }) => mode !== undefined && !FILE_MODES.includes(mode))
    .map(({ path, mode }) => {
      const got = mode === "160000" ? "a submodule" : "a symbolic link";
      return { file: path, message: `Got ${got}; expected a file. Put the content itself there.` };
    });
}
