import { activate } from "../apply/activate.ts";
import type { ActivationResource } from "../resource.ts";
import type { Kind } from "./kind.ts";

/** The daemon follows its file; for handlers. */
export const activation: Kind<ActivationResource> = {
  plan(resource, { host }) {
    const { unit, configFile, cli, isForced } = resource;
    const drainSeconds = Number(resource.drainSeconds);
    return Promise.resolve({
      summary: `${unit} follows its file`,
      async apply() {
        await activate(host, { unit, configFile, cli, drainSeconds, isForced });
        return [];
      },
    });
  },
  task({ configFile, cli, drainSeconds, isForced, unit }) {
    const argv = ["/usr/bin/rtpengine-role", "activate", "--config", configFile, "--unit", unit];
    argv.push("--cli", cli, "--drain", drainSeconds, ...(isForced ? ["--restart"] : []));
    return { "ansible.builtin.command": { argv }, changed_when: true };
  },
};
