import { statFile } from "../host/files.ts";
import { HostError, runOrFail } from "../host/host.ts";
import type { AbsentResource } from "../resource.ts";
import type { Kind } from "./kind.ts";
import { undoOf } from "./path-change.ts";

/** A file or link that must not be there. */
export const absent: Kind<AbsentResource> = {
  async plan({ path }, { host }) {
    const state = await statFile(host, path);
    if (state === undefined) return undefined;
    if (state.kind === "directory")
      throw new HostError(`${path} has to go, but is a folder: remove it by hand`);
    return {
      summary: `${path} removed`,
      async apply() {
        const undo = await undoOf(host, path, state);
        await runOrFail(host, ["rm", "-f", "--", path]);
        return [undo];
      },
    };
  },
  task({ path }) {
    return { "ansible.builtin.file": { path, state: "absent" } };
  },
};
