import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Host } from "./support/host.ts";
import { ngPing } from "./support/ng-ping.ts";
import { projectPackages } from "./support/project-packages.ts";
import { Rig } from "./support/rig.ts";
import { debianDaemonWithTools, roleCommand, type Variables } from "./support/role.ts";

/** Each of these is looked at on the running host, not in a rendered line. */
describe("what a variable says is so on the host", () => {
  let rig: Rig;
  let host: Host;
  let packages: string;

  const apply = async (more: Variables): Promise<void> => {
    const variables = { ...debianDaemonWithTools(packages), ...more };
    const { code, stdout } = await roleCommand(rig.network, host, ["apply"], variables);
    expect(code, stdout).toBe(0);
  };
  const ctl = (words: string): Promise<string> => host.run(`rtpengine-ctl ${words}`);
  const pid = (): Promise<string> => host.run("systemctl show -p MainPID --value rtpengine");

  beforeAll(async () => {
    packages = await projectPackages();
    rig = await Rig.open();
    host = await rig.startHost();
  });
  afterAll(() => rig?.close());

  it("limits and timeouts, ports and interfaces, as the daemon itself tells them", async () => {
    await apply({
      rtpengine_interface_external: "203.0.113.20",
      rtpengine_port_min: 21000,
      rtpengine_port_max: 21999,
      rtpengine_max_sessions: 321,
      rtpengine_timeout: 61,
      rtpengine_silent_timeout: 3601,
      rtpengine_final_timeout: 7201,
      rtpengine_log_level: 5,
    });
    expect(await ctl("list maxsessions")).toContain("321");
    expect(await ctl("list timeout")).toContain("61");
    expect(await ctl("list silenttimeout")).toContain("3601");
    expect(await ctl("list finaltimeout")).toContain("7201");
    expect(await ctl("list loglevel core")).toContain("5");
    const interfaces = await ctl("list interfaces");
    expect(interfaces).toMatch(/internal[\s\S]*192\.168\.64\.20[\s\S]*external[\s\S]*203\.0\.113\.20/);
    expect(interfaces).toContain("21000");
    expect(interfaces).toContain("21999");
    expect(await host.run("sysctl -n net.ipv4.ip_local_reserved_ports")).toBe("21000-21999");
  });

  it("where it listens: NG, commands, metrics", async () => {
    await apply({
      rtpengine_listen_ng: "192.168.64.20:3333",
      rtpengine_listen_cli: "127.0.0.1:9911",
      rtpengine_listen_http: "127.0.0.1:8088",
    });
    expect(await ngPing(rig.network, "sip-1", host.address, 3333)).toEqual({ result: "pong" });
    expect(await host.run("rtpengine-ctl --ip 127.0.0.1:9911 list numsessions")).toContain("0");
    expect(await host.run("ss -nltH")).toContain("127.0.0.1:8088");
    await apply({ rtpengine_listen_http: "" });
    expect(await host.run("ss -nltH")).not.toContain(":8088");
  });

  it("who it runs as, where its files are, on which CPUs", async () => {
    await apply({
      rtpengine_user: "media",
      rtpengine_group: "voice",
      rtpengine_config_dir: "/etc/media",
      rtpengine_run_dir: "/run/media",
      rtpengine_cpu_affinity: "1",
    });
    const process = await pid();
    expect(await host.run(`ps -o user=,group= -p ${process}`)).toMatch(/^media +voice$/);
    expect(await host.run("stat -c '%U %G %a' /etc/media/rtpengine.conf")).toBe("root voice 640");
    expect(await host.run("cat /run/media/rtpengine.pid")).toBe(process);
    expect(await host.run(`tr '\\0' ' ' < /proc/${process}/cmdline`)).toContain("/etc/media/rtpengine.conf");
    expect(await host.run(`grep Cpus_allowed_list /proc/${process}/status`)).toMatch(/\t1$/);
  });

  it("where it logs: facility, file, none, standard error", async () => {
    await apply({ rtpengine_log_facility: "local3", rtpengine_log_file: "/var/log/media.log" });
    await host.run("systemctl restart rtpengine");
    expect(await host.run("grep -c Startup /var/log/media.log")).not.toBe("0");
    expect(await host.run("journalctl -q -u rtpengine SYSLOG_FACILITY=19")).toContain("Startup complete");
    await apply({ rtpengine_log_file: "", rtpengine_log_stderr: true });
    expect((await host.ssh("ls /etc/rsyslog.d/30-rtpengine.conf /etc/logrotate.d/rtpengine")).code).not.toBe(
      0,
    );
    expect(await host.run("journalctl -q -u rtpengine _TRANSPORT=stdout")).toContain("Startup complete");
  });

  it("leaves the kernel's limits alone when it is told to", async () => {
    await apply({ rtpengine_sysctl: false });
    expect((await host.ssh("test -e /etc/sysctl.d/60-rtpengine.conf")).code).not.toBe(0);
  });

  it("hands any other option to the daemon", async () => {
    await apply({ rtpengine_options: { "listen-udp": "192.168.64.20:12222" } });
    expect(await host.run("ss -nluH")).toContain("192.168.64.20:12222");
  });
});
