import { isTrue } from "../expression.ts";
import { type Host, HostError, runOrFail } from "../host/host.ts";
import type { DaemonReloadResource, RestartResource, ServiceResource } from "../resource.ts";
import type { Kind } from "./kind.ts";

/** A unit that runs and starts at boot, or neither. */
export const service: Kind<ServiceResource> = {
  async plan({ unit, isRunning }, { host, context }) {
    const isWanted = isTrue(isRunning, context);
    const wasActive = (await host.run(["systemctl", "is-active", "--quiet", unit])).code === 0;
    const wasEnabled = (await host.run(["systemctl", "is-enabled", "--quiet", unit])).code === 0;
    if (wasActive === isWanted && wasEnabled === isWanted) return undefined;
    const verb = isWanted ? ["enable", "--now"] : ["disable", "--now"];
    return {
      summary: `${unit} ${isWanted ? "started and enabled" : "stopped and disabled"}`,
      async apply() {
        await control(host, verb, unit);
        return [{ kind: "service", unit, wasActive, wasEnabled }];
      },
    };
  },
  task({ unit, isRunning }) {
    return {
      "ansible.builtin.systemd_service": {
        name: unit,
        enabled: `{{ ${isRunning} }}`,
        state: `{{ 'started' if ${isRunning} else 'stopped' }}`,
      },
      // Checked on a fresh host, the unit is not there yet.
      ignore_errors: "{{ ansible_check_mode }}",
    };
  },
};

/** A unit that starts anew. */
export const restart: Kind<RestartResource> = {
  plan({ unit }, { host }) {
    return Promise.resolve({
      summary: `${unit} restarted`,
      async apply() {
        await startUnit(host, "restart", unit);
        return [];
      },
    });
  },
  task({ unit }) {
    return {
      "ansible.builtin.systemd_service": { name: unit, state: "restarted" },
      ignore_errors: "{{ ansible_check_mode }}",
    };
  },
};

/** systemd reads its files anew. */
export const daemonReload: Kind<DaemonReloadResource> = {
  plan(_resource, { host }) {
    return Promise.resolve({
      summary: "units read anew",
      async apply() {
        await runOrFail(host, ["systemctl", "daemon-reload"]);
        return [];
      },
    });
  },
  task() {
    return { "ansible.builtin.systemd_service": { daemon_reload: true } };
  },
};

/** Starts or restarts a unit. @throws HostError with what it said last */
export function startUnit(host: Host, verb: "start" | "restart", unit: string): Promise<void> {
  return control(host, [verb], unit);
}

/** What a unit said last is the reason that people look for. @throws HostError */
async function control(host: Host, verb: readonly string[], unit: string): Promise<void> {
  const { code, stderr } = await host.run(["systemctl", ...verb, unit]);
  if (code === 0) return;
  const { stdout } = await host.run(["journalctl", "--no-pager", "-q", "-n", "8", "-o", "cat", "-u", unit]);
  throw new HostError(`systemctl ${verb.join(" ")} ${unit}: ${stderr.trim()}\n${stdout.trim()}`);
}
