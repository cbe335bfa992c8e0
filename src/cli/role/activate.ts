import { parseArgs } from "node:util";
import { activate, LocalHost } from "../../role/index.ts";

/**
 * `rtpengine-role activate`: makes the daemon of this host follow its file. What the role's handlers run.
 *
 * @returns what was done @throws Error with a sentence for the user
 */
export function runActivate(argv: readonly string[]): Promise<string> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      config: { type: "string", default: "/etc/rtpengine/rtpengine.conf" },
      unit: { type: "string", default: "rtpengine.service" },
      cli: { type: "string", default: "127.0.0.1:9900" },
      drain: { type: "string", default: "0" },
      restart: { type: "boolean", default: false },
    },
  });
  if (!/^[0-9]+$/.test(values.drain))
    throw new Error(`--drain ${values.drain}: it has to be a number of seconds`);
  return activate(new LocalHost(process.getuid?.() === 0), {
    unit: values.unit,
    configFile: values.config,
    cli: values.cli,
    drainSeconds: Number(values.drain),
    isForced: values.restart,
  });
}
