import { statFile } from "../host/files.ts";
import { HostError, runOrFail } from "../host/host.ts";
import type { DownloadResource } from "../resource.ts";
import type { Kind } from "./kind.ts";

/** A file fetched once; by the host itself, with what apt brings along. */
export const download: Kind<DownloadResource> = {
  async plan({ url, path, owner, group, mode }, { host }) {
    if ((await statFile(host, path)) !== undefined) return undefined;
    return {
      summary: `${path} fetched`,
      async apply() {
        const temporary = `${path}.rtpengine-role-new`;
        const helper = "/usr/lib/apt/apt-helper";
        const { code, stderr, stdout } = await host.run([helper, "download-file", url, temporary]);
        if (code !== 0) {
          const [reason] = (stderr || stdout).match(/^[EW]: .*$/m) ?? [stderr.trim()];
          throw new HostError(`${url} cannot be fetched from ${host.name}: ${reason}`);
        }
        await runOrFail(host, ["chown", `${owner}:${group}`, "--", temporary]);
        await runOrFail(host, ["chmod", mode, "--", temporary]);
        await runOrFail(host, ["mv", "-fT", "--", temporary, path]);
        return [{ kind: "path", path }];
      },
    };
  },
  task({ url, path, owner, group, mode }) {
    return { "ansible.builtin.get_url": { url, dest: path, owner, group, mode, force: false } };
  },
};
