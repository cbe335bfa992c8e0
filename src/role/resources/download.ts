import { statFile } from "../host/files.ts";
import { HostError, runOrFail } from "../host/host.ts";
import type { DownloadResource } from "../resource.ts";
import type { Kind } from "./kind.ts";
import { undoOf } from "./path-change.ts";

const HELPER = "/usr/lib/apt/apt-helper";

/** A whole file or none, and the old one until the new one is there. */
const FETCH = `${HELPER} download-file "$1" "$2.new" && chmod 0644 -- "$2.new" && mv -fT -- "$2.new" "$2"`;

/** A file fetched by the host itself, with what apt brings along; always: the recipe says when. */
export const download: Kind<DownloadResource> = {
  async plan({ url, path }, { host }) {
    const state = await statFile(host, path);
    return {
      summary: `${path} fetched`,
      async apply() {
        const undo = await undoOf(host, path, state);
        const temporary = `${path}.rtpengine-role-new`;
        const { code, stderr, stdout } = await host.run([HELPER, "download-file", url, temporary]);
        if (code !== 0) {
          // What there was room or time for.
          await host.run(["rm", "-f", "--", temporary]);
          const lines = `${stdout}\n${stderr}`.split("\n");
          const reason = ["E: ", "Err:", "W: "]
            .map((mark) => lines.find((line) => line.startsWith(mark)))
            .find(Boolean);
          throw new HostError(`${url} cannot be fetched from ${host.name}: ${reason ?? stderr.trim()}`);
        }
        await runOrFail(host, ["chmod", "0644", "--", temporary]);
        await runOrFail(host, ["mv", "-fT", "--", temporary, path]);
        return [undo];
      },
    };
  },
  task({ url, path }) {
    return { "ansible.builtin.command": { argv: ["sh", "-c", FETCH, "sh", url, path] }, changed_when: true };
  },
};
