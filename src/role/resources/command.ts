import { statFile } from "../host/files.ts";
import { runOrFail } from "../host/host.ts";
import type { CommandResource } from "../resource.ts";
import type { Kind } from "./kind.ts";

/** A command; run when what it creates is missing, or always (as handlers are). */
export const command: Kind<CommandResource> = {
  async plan({ argv, creates, folder, undo, does }, { host }) {
    if (creates !== undefined && (await statFile(host, creates)) !== undefined) return undefined;
    return {
      summary: does ?? argv.join(" "),
      async apply() {
        const words = folder === undefined ? argv : ["env", `--chdir=${folder}`, "--", ...argv];
        await runOrFail(host, words, { timeoutMs: 3_600_000 });
        return undo === undefined ? [] : [{ kind: "command", argv: undo }];
      },
    };
  },
  task({ argv, creates, folder }) {
    return {
      "ansible.builtin.command": {
        argv,
        ...(creates !== undefined && { creates }),
        ...(folder !== undefined && { chdir: folder }),
      },
      ...(creates === undefined && { changed_when: true }),
    };
  },
};
