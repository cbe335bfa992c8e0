import { statFile } from "../host/files.ts";
import { runOrFail } from "../host/host.ts";
import type { LinkResource } from "../resource.ts";
import type { Kind } from "./kind.ts";
import { undoOf } from "./path-change.ts";

/** A symbolic link. */
export const link: Kind<LinkResource> = {
  async plan({ path, target }, { host }) {
    const state = await statFile(host, path);
    if (state?.target === target) return undefined;
    return {
      summary: `${path} → ${target}`,
      async apply() {
        const undo = await undoOf(host, path, state);
        await runOrFail(host, ["ln", "-sfT", "--", target, path]);
        return [undo];
      },
    };
  },
  task({ path, target }) {
    return { "ansible.builtin.file": { path, src: target, state: "link", force: true, follow: false } };
  },
};
