import { ip, namespaceFile, removeNamespace } from "./namespaces.ts";
import { RUN } from "./run-folder.ts";

/** The seed's machines, and where each is. */
export const ADDRESSES = {
  devstack: "192.168.64.1",
  "sip-1": "192.168.64.10",
  "media-1": "192.168.64.20",
  "far-caller": "203.0.113.99",
} as const;

/** A machine of the network. */
export type Place = keyof typeof ADDRESSES;

/** The switch's port for a machine that an emulator runs: the device it is given. */
export const tapOf = (place: Place): string => `tap-${place}`;

/** The media host's address on the side of far callers, on `eth1`. */
export const EXTERNAL_ADDRESS = "203.0.113.20";

let count = 0;

/**
 * One copy of the seed's network, in namespaces of its own: its addresses are nobody else's, and nothing leaves it.
 *
 * `devstack`, `sip-1` and `media-1` have `eth0` on one switch; `media-1` has `eth1` towards `far-caller`. Where
 * `media-1` is emulated, the switch has a tap for it instead (`tapOf`), and there is no far caller.
 */
export class Network implements Disposable {
  readonly #prefix = `${RUN}-${count++}`;
  readonly #isEmulated: boolean;

  constructor({ isMediaEmulated = false }: { readonly isMediaEmulated?: boolean } = {}) {
    this.#isEmulated = isMediaEmulated;
    try {
      this.#build();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Name of a machine's network namespace, for `ip netns exec`. */
  namespace(place: Place | "switch"): string {
    return `${this.#prefix}-${place}`;
  }

  /** A command line that runs `argv` in a machine's namespace, on this machine's files. */
  inNamespace(place: Place | "switch", argv: readonly string[]): string[] {
    // Not `ip netns exec`, which gives the command mounts of its own and so keeps alive what is unmounted here.
    return ["nsenter", `--net=${namespaceFile(this.namespace(place))}`, ...argv];
  }

  /** Ends whatever runs in it and removes it. */
  close(): void {
    for (const place of [...(Object.keys(ADDRESSES) as Place[]), "switch"] as const) {
      removeNamespace(this.namespace(place));
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #build(): void {
    this.#add("switch");
    this.#ip("switch", "link add br0 type bridge");
    this.#ip("switch", "link set br0 up");
    for (const place of ["devstack", "sip-1", "media-1"] as const) {
      if (place === "media-1" && this.#isEmulated) continue;
      this.#add(place);
      this.#ip(place, `link add eth0 type veth peer name ${place} netns ${this.namespace("switch")}`);
      this.#ip("switch", `link set ${place} master br0 up`);
      this.#address(place, "eth0", ADDRESSES[place]);
    }
    if (this.#isEmulated) {
      this.#addTap("media-1");
      return;
    }
    this.#add("far-caller");
    this.#ip("media-1", `link add eth1 type veth peer name eth0 netns ${this.namespace("far-caller")}`);
    this.#address("media-1", "eth1", EXTERNAL_ADDRESS);
    this.#address("far-caller", "eth0", ADDRESSES["far-caller"]);
  }

  #addTap(place: Place): void {
    this.#ip("switch", `tuntap add ${tapOf(place)} mode tap`);
    this.#ip("switch", `link set ${tapOf(place)} master br0 up`);
  }

  #add(place: Place | "switch"): void {
    ip(`netns add ${this.namespace(place)}`);
    this.#ip(place, "link set lo up");
  }

  #address(place: Place, device: string, address: string): void {
    this.#ip(place, `address add ${address}/24 dev ${device}`);
    this.#ip(place, `link set ${device} up`);
  }

  #ip(place: Place | "switch", command: string): void {
    ip(`-n ${this.namespace(place)} ${command}`);
  }
}
