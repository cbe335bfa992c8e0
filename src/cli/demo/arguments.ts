import { type Endpoint, formatEndpoint, parseAddress } from "../../base/endpoint.ts";
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
  /** Ends of the range for media; undefined: the demo chooses. */
  readonly portMin: number | undefined;
  readonly portMax: number | undefined;
}

/** The engine's listeners that the demo opens. */
export type ListenerName = "ng" | "cli" | "http";

export const LISTENERS: readonly ListenerName[] = ["ng", "cli", "http"];

const DEFAULTS: Readonly<Record<ListenerName, string>> = {
  ng: "127.0.0.1:2223",
  cli: "127.0.0.1:9900",
  http: "127.0.0.1:2225",
};

/** The option that says where a listener is. */
export function optionOf(name: ListenerName): string {
  return `listen-${name}`;
}

/** All that the demo takes. */
export const DEMO_OPTIONS: readonly string[] = [
  "seconds",
  "port-min",
  "port-max",
  ...LISTENERS.map(optionOf),
];

/** What `--help` says. */
export const DEMO_USAGE: string = `npm start: starts an engine and holds a call between two phones through it.

  npm start                               until Ctrl-C
  npm start -- --seconds 10               for ten seconds
  npm start -- --listen-ng=ADDRESS:PORT   the engine's NG port, UDP and TCP (${DEFAULTS.ng})
  npm start -- --listen-cli=ADDRESS:PORT  its port for rtpengine-ctl (${DEFAULTS.cli})
  npm start -- --listen-http=ADDRESS:PORT its HTTP port (${DEFAULTS.http})
  npm start -- --port-min=P --port-max=P  its ports for media (30000 to 39999, or others that no engine has)

It ends with a record of the call, and well (exit 0) only if both phones heard each other.
With any other option (--interface, --config-file ...), npm start runs the engine alone, with the options given.
`;

/** The command that starts the demo with these arguments, some listeners moved. */
export function demoCommand(args: DemoArguments, moved: ReadonlyMap<ListenerName, Endpoint>): string {
  const { seconds, portMin, portMax } = args;
  const listeners = LISTENERS.flatMap((name) => {
    const other = moved.get(name);
    const text = other === undefined ? args[name].text : formatEndpoint(other);
    return text === DEFAULTS[name] ? [] : [`--${optionOf(name)}=${text}`];
  });
  const words = [
    ...(seconds === undefined ? [] : [`--seconds=${seconds}`]),
    ...(portMin === undefined ? [] : [`--port-min=${portMin}`]),
    ...(portMax === undefined ? [] : [`--port-max=${portMax}`]),
    ...listeners,
  ];
  return ["npm start --", ...words.map((word) => (/[^\w.:=-]/.test(word) ? `'${word}'` : word))].join(" ");
}

/** Reads the demo's arguments. @returns what is wrong with them, where something is */
export function parseDemoArguments(argv: readonly string[]): DemoArguments | { readonly reason: string } {
  const given = new Map<string, string>();
  for (let at = 0; at < argv.length; at++) {
    const [, name, attached] = /^--([a-z-]+)(?:=(.*))?$/.exec(argv[at]!) ?? [];
    if (name === undefined || !DEMO_OPTIONS.includes(name)) {
      return { reason: `"${argv[at]}" is no option of the demo` };
    }
    const value = attached ?? argv[++at];
    if (value === undefined || value === "") return { reason: `--${name} needs a value` };
    given.set(name, value);
  }
  const seconds = number(given, "seconds");
  if (seconds !== undefined && !(seconds > 0 && seconds <= 1e6))
    return { reason: `--seconds=${given.get("seconds")}: a number above 0 is needed` };
  const [portMin, portMax] = [number(given, "port-min"), number(given, "port-max")];
  for (const [name, port] of [["port-min", portMin] as const, ["port-max", portMax] as const]) {
    if (port !== undefined && !isPort(port))
      return { reason: `--${name}=${given.get(name)}: a port is needed` };
  }
  if (portMin !== undefined && portMax !== undefined && portMax < portMin + 3)
    return { reason: "--port-min and --port-max leave no room for a call: it needs 4 ports" };
  const listeners = { ng: listener(given, "ng"), cli: listener(given, "cli"), http: listener(given, "http") };
  const wrong = Object.values(listeners).find((one) => "reason" in one);
  if (wrong !== undefined) return wrong as { reason: string };
  const args = { seconds, portMin, portMax, ...(listeners as Record<ListenerName, DemoListener>) };
  return clash(args) ?? args;
}

function number(given: ReadonlyMap<string, string>, name: string): number | undefined {
  const text = given.get(name);
  return text === undefined ? undefined : Number(text);
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

/** All three are TCP ports: one cannot be two. */
function clash(args: DemoArguments): { readonly reason: string } | undefined {
  for (const [at, one] of LISTENERS.entries()) {
    const other = LISTENERS.slice(at + 1).find(
      (name) => args[name].endpoint.port === args[one].endpoint.port,
    );
    if (other === undefined || args[other].endpoint.address !== args[one].endpoint.address) continue;
    return { reason: `--${optionOf(one)} and --${optionOf(other)} are the same port: ${args[one].text}` };
  }
  return undefined;
}

function listener(given: ReadonlyMap<string, string>, name: ListenerName): DemoListener | { reason: string } {
  const option = optionOf(name);
  const text = given.get(option) ?? DEFAULTS[name];
  const parsed = parseHostPort(text, true);
  if ("reason" in parsed) return { reason: `--${option}: ${parsed.reason}` };
  const address = parseAddress(parsed.host === "" || parsed.host === "localhost" ? "127.0.0.1" : parsed.host);
  if (address === undefined) return { reason: `--${option}: an IP address is needed, not a name` };
  const loopback = { "0.0.0.0": "127.0.0.1", "::": "::1" }[address.address];
  return { text, endpoint: { ...address, address: loopback ?? address.address, port: parsed.port } };
}
