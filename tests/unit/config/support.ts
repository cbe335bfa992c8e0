import type { Config } from "../../../src/config/config.ts";
import { type LoadEnvironment, type LoadResult, loadConfig } from "../../../src/config/load.ts";

/** A host with one LAN address of each IP version and loopback. */
export const HOST_ADDRESSES: LoadEnvironment["hostAddresses"] = [
  { interface: "lo", family: 4, address: "127.0.0.1" },
  { interface: "lo", family: 6, address: "::1" },
  { interface: "eth0", family: 4, address: "192.0.2.10" },
  { interface: "eth0", family: 6, address: "2001:db8::10" },
  { interface: "eth0", family: 6, address: "fe80::10" },
  { interface: "eth1", family: 4, address: "198.51.100.20" },
];

/** Loads with these files on that host. */
export function load(argv: readonly string[], files: Readonly<Record<string, string>> = {}): LoadResult {
  return loadConfig(argv, {
    readFile: (path) => files[path],
    hostAddresses: HOST_ADDRESSES,
    resolveHost: (name) => (name === "media.example" ? [{ family: 4, address: "203.0.113.5" }] : []),
  });
}

/** Loads without a file and expects no error. */
export function loadArguments(...argv: readonly string[]): Config {
  return expectConfig(load(["--config-file=none", ...argv]));
}

/** Loads one file's text and expects no error. */
export function loadText(text: string, ...argv: readonly string[]): Config {
  return expectConfig(loadFile(text, ...argv));
}

/** Loads one file's text. */
export function loadFile(text: string, ...argv: readonly string[]): LoadResult {
  return load(["--config-file=/etc/test.conf", ...argv], { "/etc/test.conf": text });
}

function expectConfig(result: LoadResult): Config {
  if (result.config === undefined) throw new Error(JSON.stringify(result.diagnostics));
  return result.config;
}
