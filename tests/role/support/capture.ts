import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type CapturedDatagram, readPcap } from "../../support/pcap.ts";
import { Child } from "../../support/processes/child.ts";
import type { Network, Place } from "./network.ts";
import { ownFolder, removeFolder } from "./run-folder.ts";

/** What comes to and leaves a machine's `eth0` meanwhile, UDP alone. */
export async function captured(
  network: Network,
  place: Place,
  meanwhile: () => Promise<void>,
): Promise<CapturedDatagram[]> {
  const folder = ownFolder("capture");
  const file = join(folder, "eth0.pcap");
  // As root: it would give up the right to write there.
  const line = ["tcpdump", "-i", "eth0", "-w", file, "-U", "--immediate-mode", "-Z", "root", "udp"];
  const [command, ...args] = network.inNamespace(place, line);
  const tcpdump = new Child(command!, args);
  try {
    await tcpdump.says(/listening on eth0/);
    await meanwhile();
    await tcpdump.stop("SIGINT");
    return readPcap(readFileSync(file));
  } finally {
    await tcpdump.stop("SIGKILL");
    removeFolder(folder);
  }
}
