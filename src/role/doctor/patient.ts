import { iniSection, parseIni } from "../../wire/ini.ts";

/** What the configuration file says that matters for a diagnosis. Absent: the file does not say. */
export interface Patient {
  /** Keys and values of the daemon's section. */
  readonly options: ReadonlyMap<string, string>;
  readonly portMin: number;
  readonly portMax: number;
  /** -1: nothing is to be forwarded in the kernel. */
  readonly table: number;
  readonly ng: { readonly address: string; readonly port: number } | undefined;
  readonly cliPort: number | undefined;
  readonly interfaces: readonly {
    readonly name: string;
    readonly address: string;
    /** What SDP says. */
    readonly advertised: string;
  }[];
  /** This project's engine. */
  readonly isOurs: boolean;
}

const NUMBER = /^-?[0-9]+$/;

/** Reads a configuration file for a diagnosis: what cannot be read is left out, not refused. */
export function readPatient(text: string, isOurs: boolean): Patient {
  const entries = iniSection(parseIni(text), "rtpengine")?.entries ?? [];
  const options = new Map(entries.map(({ key, value }) => [key, value]));
  const number = (key: string, otherwise: number): number => {
    const value = options.get(key) ?? "";
    return NUMBER.test(value) ? Number(value) : otherwise;
  };
  return {
    options,
    portMin: number("port-min", 30000),
    portMax: number("port-max", 40000),
    table: number("table", -1),
    ng: listener(options.get("listen-ng")),
    cliPort: listener(options.get("listen-cli"))?.port,
    interfaces: (options.get("interface") ?? "")
      .split(/\s*;\s*/)
      .filter((entry) => entry !== "")
      .map(mediaInterface),
    isOurs,
  };
}

function listener(text: string | undefined): { address: string; port: number } | undefined {
  const [, address = "", port] = /^(?:(.*):)?([0-9]+)$/.exec(text?.split(";")[0]?.trim() ?? "") ?? [];
  if (port === undefined) return undefined;
  return { address: address.replace(/^\[|\]$/g, "").replace("localhost", "127.0.0.1"), port: Number(port) };
}

function mediaInterface(entry: string): Patient["interfaces"][number] {
  const slash = entry.indexOf("/");
  const [address = "", advertised = address] = entry.slice(slash + 1).split("!");
  return { name: slash < 0 ? "default" : entry.slice(0, slash), address, advertised };
}
