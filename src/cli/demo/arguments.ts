import { type Endpoint, parseAddress } from "../../base/endpoint.ts";
import { parseHostPort } from "../../config/listen-address.ts";

/** A control port of the daemon that the demo starts. */
export interface DemoListener {
  /** As the daemon takes it. */
  readonly text: string;
  /** Where to reach it from here: the loopback address where it listens on all. */
  readonly endpoint: Endpoint;
}

/** What the demo was asked to do. */
export interface DemoArguments {
  /** Undefined: until it is stopped. */
  readonly seconds: number | undefined;
  readonly ng: DemoListener;
  readonly cli: DemoListener;
  readonly http: DemoListener;
}

/** The listeners by option, with their defaults. */
const DEFAULTS: Readonly<Record<string, string>> = {
  "listen-ng": "127.0.0.1:2223",
  "listen-cli": "127.0.0.1:9900",
  "listen-http": "127.0.0.1:2225",
};

/** What `--help` says. */
export const DEMO_USAGE: string = `npm start: starts an engine and holds a call between two phones through it.

  npm start                               until Ctrl-C
  npm start -- --seconds 10               for ten seconds
  npm start -- --listen-ng=ADDRESS:PORT   the engine's NG port, UDP and TCP (${DEFAULTS["listen-ng"]})
  npm start -- --listen-cli=ADDRESS:PORT  its port for rtpengine-ctl (${DEFAULTS["listen-cli"]})
  npm start -- --listen-http=ADDRESS:PORT its HTTP port (${DEFAULTS["listen-http"]})

It ends with a record of the call, and well (exit 0) only if both phones heard each other.
With any other option, npm start runs the engine alone, with the options given.
`;

/** Reads the demo's arguments. @returns what is wrong with them, where something is */
export function parseDemoArguments(argv: readonly string[]): DemoArguments | { readonly reason: string } {
  const texts = new Map(Object.entries(DEFAULTS));
  let seconds: number | undefined;
  for (let at = 0; at < argv.length; at++) {
    const [, name, attached] = /^--([a-z-]+)(?:=(.*))?$/.exec(argv[at]!) ?? [];
    if (name === undefined || (name !== "seconds" && !texts.has(name))) {
      return { reason: `"${argv[at]}" is no option of the demo` };
    }
    const value = attached ?? argv[++at];
    if (value === undefined || value === "") return { reason: `--${name} needs a value` };
    if (name !== "seconds") texts.set(name, value);
    else {
      seconds = Number(value);
      if (!(seconds > 0 && seconds <= 1e6))
        return { reason: `--seconds=${value}: a number above 0 is needed` };
    }
  }
  const listeners = { ng: listener(texts, "ng"), cli: listener(texts, "cli"), http: listener(texts, "http") };
  const wrong = Object.values(listeners).find((one) => "reason" in one);
  if (wrong !== undefined) return wrong as { reason: string };
  return { seconds, ...(listeners as Record<keyof typeof listeners, DemoListener>) };
}

function listener(texts: ReadonlyMap<string, string>, name: string): DemoListener | { reason: string } {
  const text = texts.get(`listen-${name}`)!;
  const parsed = parseHostPort(text, true);
  if ("reason" in parsed) return { reason: `--listen-${name}: ${parsed.reason}` };
  const address = parseAddress(parsed.host === "" || parsed.host === "localhost" ? "127.0.0.1" : parsed.host);
  if (address === undefined) return { reason: `--listen-${name}: an IP address is needed, not a name` };
  const loopback = { "0.0.0.0": "127.0.0.1", "::": "::1" }[address.address];
  return { text, endpoint: { ...address, address: loopback ?? address.address, port: parsed.port } };
}
