import { statFile } from "../host/files.ts";
import { HostError, runOrFail } from "../host/host.ts";
import type { DownloadResource } from "../resource.ts";
import type { Kind } from "./kind.ts";

const HELPER = "/usr/lib/apt/apt-helper";

/** A file fetched once; by the host itself, with what apt brings along. */
export const download: Kind<DownloadResource> = {
  async plan({ url, path }, { host }) {
    if ((await statFile(host, path)) !== undefined) return undefined;
    return {
      summary: `${path} fetched`,
      async apply() {
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
        return [{ kind: "path", path }];
      },
    };
  },
  task({ url, path }) {
    // Not `get_url`: in check mode it announces a change though the file is there.
    return { "ansible.builtin.command": { argv: [HELPER, "download-file", url, path], creates: path } };
  },
};
