import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { type Address, addressFromBytes, type Endpoint, isUnspecified } from "../base/endpoint.ts";

/** Who has a port. */
export interface PortOwner {
  /** What it is bound to; may be the family's "any". */
  readonly local: Endpoint;
  readonly userId: number;
  /** Undefined where this process may not look (another user's), or where the owner is in another namespace. */
  readonly process: { readonly pid: number; readonly name: string; readonly command: string } | undefined;
}

/** One line of a socket table of the kernel. */
export interface SocketEntry {
  readonly local: Endpoint;
  /** `TCP_LISTEN` is 10 (`include/net/tcp_states.h`). */
  readonly state: number;
  readonly userId: number;
  readonly inode: string;
}

const TCP_LISTEN = 10;

/** Finds who has a port of this host; undefined when nobody has, as far as can be seen. */
export function findPortOwner(protocol: "udp" | "tcp", wanted: Endpoint): PortOwner | undefined {
  const entries = [protocol, `${protocol}6`].flatMap((table) =>
    parseSocketTable(readText(`/proc/net/${table}`)),
  );
  const entry = entries.find(
    ({ local, state }) =>
      local.port === wanted.port &&
      (protocol === "udp" || state === TCP_LISTEN) &&
      (isUnspecified(local) || isUnspecified(wanted) || local.address === wanted.address),
  );
  if (entry === undefined) return undefined;
  return { local: entry.local, userId: entry.userId, process: findProcess(entry.inode) };
}

/** Who has a port, in words: name, process and command line, as far as this process may see them. */
export function describePortOwner(protocol: "udp" | "tcp", endpoint: Endpoint): string {
  const owner = findPortOwner(protocol, endpoint);
  if (owner === undefined) return "another program";
  if (owner.process === undefined) {
    return `a program of user ${owner.userId} (which one only that user or root can see)`;
  }
  const { pid, name, command } = owner.process;
  return `${name}, process ${pid} (${command.slice(0, 200)})`;
}

/**
 * Parses the text of `/proc/net/{udp,udp6,tcp,tcp6}` (`proc(5)`).
 *
 * Addresses are words of the host's byte order, which is little-endian on all we run on.
 */
export function parseSocketTable(text: string): SocketEntry[] {
  const entries: SocketEntry[] = [];
  for (const line of text.split("\n").slice(1)) {
    const words = line.trim().split(/\s+/);
    const [hexAddress, hexPort] = (words[1] ?? "").split(":");
    const local = hexAddress === undefined ? undefined : readAddress(hexAddress);
    if (local === undefined || hexPort === undefined || words[9] === undefined) continue;
    entries.push({
      local: { ...local, port: Number.parseInt(hexPort, 16) },
      state: Number.parseInt(words[3] ?? "", 16),
      userId: Number(words[7]),
      inode: words[9],
    });
  }
  return entries;
}

function readAddress(hex: string): Address | undefined {
  if (!/^(?:[0-9A-Fa-f]{8}|[0-9A-Fa-f]{32})$/.test(hex)) return undefined;
  const bytes = Uint8Array.from({ length: hex.length / 2 }, (_, at) => {
    const swapped = at - (at % 4) + 3 - (at % 4);
    return Number.parseInt(hex.slice(2 * swapped, 2 * swapped + 2), 16);
  });
  return addressFromBytes(bytes.length === 4 ? 4 : 6, bytes);
}

/** The process that has the socket of this inode open. */
function findProcess(inode: string): PortOwner["process"] {
  const wanted = `socket:[${inode}]`;
  for (const pid of list("/proc").filter((name) => /^\d+$/.test(name))) {
    if (!list(`/proc/${pid}/fd`).some((fd) => readLink(`/proc/${pid}/fd/${fd}`) === wanted)) continue;
    const command = readText(`/proc/${pid}/cmdline`).split("\0").join(" ").trim();
    // A program may call its main thread something else; its path is what the user knows it by.
    const name = basename(command.split(" ", 1)[0]!) || readText(`/proc/${pid}/comm`).trim();
    return { pid: Number(pid), name, command };
  }
  return undefined;
}

/** Processes come and go, and some are none of our business: what cannot be read is empty. */
function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
