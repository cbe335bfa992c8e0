import { statFile, writeFolder } from "../host/files.ts";
import { HostError } from "../host/host.ts";
import type { DirectoryResource } from "../resource.ts";
import type { Kind } from "./kind.ts";
import { ownershipDifference, undoOf } from "./path-change.ts";

/** A folder with its owner and mode; what is in it is others' business. */
export const directory: Kind<DirectoryResource> = {
  async plan({ path, owner, group, mode }, { host }) {
    const state = await statFile(host, path);
    if (state !== undefined && state.kind !== "directory") {
      throw new HostError(`${path} has to be a folder, but a ${state.kind} is there: move it away`);
    }
    const difference = state === undefined ? "" : ownershipDifference(state, { owner, group, mode });
    if (state !== undefined && difference === "") return undefined;
    return {
      summary: state === undefined ? `${path} made` : `${path}: ${difference}`,
      async apply() {
        const undo = await undoOf(host, path, state);
        await writeFolder(host, path, { owner, group, mode });
        return [undo];
      },
    };
  },
  task({ path, owner, group, mode }) {
    // Followed, a link that the service user has put there would give away what it leads to.
    return { "ansible.builtin.file": { path, state: "directory", owner, group, mode, follow: false } };
  },
};
