import { type Diagnosis, fail, ok, skip, warn } from "./diagnosis.ts";
import type { Patient } from "./patient.ts";
import type { Symptoms } from "./symptoms.ts";

/** The daemon itself: installed, running, listening, complaining. */
export function judgeService(symptoms: Symptoms, patient: Patient, ng?: NgAnswer): Diagnosis[] {
  return [
    engine(symptoms),
    running(symptoms),
    complaints(symptoms),
    configuration(symptoms),
    control(symptoms, patient),
    ...(ng === undefined ? [] : [answers(ng)]),
    timeouts(patient),
    logLevel(patient),
  ];
}

function engine({ packages, source }: Symptoms): Diagnosis {
  const title = "engine";
  const lines = packages.split("\n").map((line) => line.replace(/^ii\s+/, ""));
  const engines = lines.filter((line) => /^(rtpengine-ts|(ngcp-)?rtpengine-daemon) /.test(line));
  if (source !== "") engines.push(`built from source: ${source}`);
  if (engines.length === 0) return fail(title, "no engine is installed", "rtpengine-role apply");
  if (engines.length === 1) return ok(title, engines[0]!);
  return warn(
    title,
    `more than one is installed: ${engines.join("; ")}`,
    "apt-get remove the one that is not to run",
  );
}

function running({ active, enabled, unit }: Symptoms): Diagnosis {
  const title = "service";
  const field = (name: string): string => new RegExp(`^${name}=(.*)$`, "m").exec(unit)?.[1] ?? "";
  const boot = enabled === "enabled" || enabled === "alias" ? "" : ", and does not start at boot";
  if (active !== "active") {
    return fail(
      title,
      `it is ${active || "not there"}${boot}`,
      "journalctl -u rtpengine -n 50; systemctl start rtpengine",
    );
  }
  const restarts = Number(field("NRestarts"));
  const since = `since ${field("ActiveEnterTimestamp")}`;
  if (restarts > 0)
    return warn(
      title,
      `restarted ${restarts} times by itself, runs ${since}`,
      "journalctl -u rtpengine -p warning",
    );
  if (boot !== "") return warn(title, `runs ${since}${boot}`, "systemctl enable rtpengine");
  return ok(title, `runs ${since}`);
}

function complaints({ errors }: Symptoms): Diagnosis {
  const title = "log";
  if (errors === "") return ok(title, "no errors in the last hour");
  return warn(
    title,
    `errors in the last hour: ${errors.split("\n").at(-1)}`,
    "journalctl -u rtpengine -p err --since -1h",
  );
}

function configuration({ configTest }: Symptoms): Diagnosis {
  const title = "configuration";
  const [, errors, warnings] = /([0-9]+) errors?, ([0-9]+) warnings?/.exec(configTest) ?? [];
  if (errors === undefined)
    return skip(title, "there is no rtpengine --config-test here (package rtpengine-ts-tools)");
  if (errors !== "0") return fail(title, configTest, "rtpengine --config-test");
  if (warnings !== "0") return warn(title, configTest, "rtpengine --config-test");
  return ok(title, configTest);
}

function control({ sockets }: Symptoms, { ng, cliPort }: Patient): Diagnosis {
  const title = "control ports";
  if (ng === undefined)
    return fail(title, "listen-ng is missing in the configuration", "rtpengine --config-test");
  const lines = sockets.split("\n");
  const heard = (protocol: string, port: number): string | undefined =>
    lines.find((line) => line.startsWith(protocol) && new RegExp(`:${port}\\s`).test(line));
  const socket = heard("UNCONN", ng.port);
  if (socket === undefined)
    return fail(title, `nothing listens on UDP ${ng.port}`, "journalctl -u rtpengine -n 50");
  if (!/rtpengine|"node"|MainThread/.test(socket)) {
    return fail(
      title,
      `UDP ${ng.port} belongs to another program: ${socket.split(/\s+/).at(-1)}`,
      `ss -nlup | grep ${ng.port}`,
    );
  }
  const local = socket.split(/\s+/)[3] ?? "";
  const isWide = /^(?:0\.0\.0\.0|\*|\[::\]):/.test(local);
  if (ng.address !== "" && !isWide && !local.includes(ng.address)) {
    return warn(
      title,
      `listen-ng is ${ng.address}, but the socket is ${local}: the configuration was changed since the start`,
      "systemctl restart rtpengine",
    );
  }
  if (cliPort !== undefined && heard("LISTEN", cliPort) === undefined) {
    return warn(
      title,
      `UDP ${ng.port} is served; nothing listens on TCP ${cliPort} (listen-cli)`,
      "journalctl -u rtpengine -n 50",
    );
  }
  return ok(title, `UDP ${ng.port}${cliPort === undefined ? "" : ` and TCP ${cliPort}`} are served`);
}

/** What came of a ping from the host itself. */
export interface NgAnswer {
  /** As the configuration has it. */
  readonly place: string;
  /** Why nothing was heard; undefined: a pong was. */
  readonly reason: string | undefined;
}

/** A socket alone says little: a daemon that is stuck has one, too. */
function answers({ place, reason }: NgAnswer): Diagnosis {
  const title = "NG answers";
  if (reason === undefined) return ok(title, `${place}: pong`);
  return fail(title, `${place}: ${reason}`, "journalctl -u rtpengine -n 50; systemctl restart rtpengine");
}

function timeouts({ options }: Patient): Diagnosis {
  const title = "timeouts";
  const timeout = Number(options.get("timeout") ?? 60);
  const silent = Number(options.get("silent-timeout") ?? 3600);
  if (!(silent < timeout)) return ok(title, `timeout ${timeout} s, silent-timeout ${silent} s`);
  return warn(
    title,
    `silent-timeout (${silent} s) is less than timeout (${timeout} s): calls on hold are cut`,
    "rtpengine-role apply -e rtpengine_silent_timeout=3600",
  );
}

/** Turned up while somebody looked for something, and forgotten: a line a packet costs more than the packet. */
function logLevel({ options }: Patient): Diagnosis {
  const title = "log level";
  const level = Number(options.get("log-level") ?? 6);
  if (!(level >= 7)) return ok(title, String(level));
  return warn(title, `${level}: everything is logged`, "rtpengine-ctl set loglevel 6; rtpengine-role apply");
}

/** Disk and clock. */
export function judgeHost({ disk, clock }: Symptoms): Diagnosis[] {
  const full = disk.split("\n").filter((line) => Number(/ ([0-9]+)%$/.exec(line)?.[1]) >= 90);
  const space =
    full.length === 0
      ? ok("disk", "space is left")
      : warn("disk", full.join("; "), "df -h; journalctl --vacuum-size=200M");
  const time =
    clock === "yes"
      ? ok("clock", "synchronized")
      : clock === ""
        ? skip("clock", "timedatectl does not say")
        : warn(
            "clock",
            "not synchronized: times in logs and reports will not match others'",
            "apt-get install chrony",
          );
  return [space, time];
}
