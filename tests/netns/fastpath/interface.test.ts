import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Dataplane, ReservedSocket } from "../../../src/dataplane/index.ts";
import type { KernelRefusal } from "../../../src/flow/reasons.ts";
import { rtp } from "../../support/packets.ts";
import { IS_ROOT, open } from "../relay/support/backends.ts";
import { flowBetween, media, reservePair, until } from "../relay/support/call.ts";
import { Phone } from "../relay/support/phone.ts";
import { PhoneNetwork } from "./support.ts";

const NETWORKS = [
  { family: 4, ours: "192.0.2.1", theirs: "192.0.2.2", prefix: 24 },
  { family: 6, ours: "2001:db8::1", theirs: "2001:db8::2", prefix: 64 },
] as const;

const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { encoding: "utf8", stdio: "pipe" });

describe.skipIf(!IS_ROOT).each(NETWORKS)(
  IS_ROOT ? "a call in the kernel, IPv$family" : "skipped: needs root",
  ({ family, ours, theirs, prefix }) => {
    const addresses = [{ ours: `${ours}/${prefix}`, theirs: `${theirs}/${prefix}` }];
    let network: PhoneNetwork;
    let dataplane: Dataplane;
    let phones: readonly [Phone, Phone];
    let a: ReservedSocket;
    let b: ReservedSocket;
    let sequence: number;

    beforeEach(() => {
      network = new PhoneNetwork(20 + family, addresses);
      phones = network.within(() => [new Phone(family, theirs), new Phone(family, theirs)] as const);
      sequence = 0;
    });
    afterEach(async () => {
      await dataplane.close();
      for (const phone of phones) phone.close();
      network.close();
    });

    async function begin(hook: "tcx" | "clsact" = "tcx"): Promise<void> {
      const local = media(ours, 24000, 24009);
      dataplane = await open("steered", [local], { fastpath: "required", fastpathHook: hook });
      [a, b] = reservePair(dataplane, local);
      dataplane.apply([flowBetween(a, b, phones[1].endpoint), flowBetween(b, a, phones[0].endpoint)]);
      expect(await talk()).toBe(true);
      expect(await until(() => dataplane.read(a.flowId).tier === "kernel")).toBe(true);
    }

    const talk = async (): Promise<boolean> => {
      phones[0].send(a, rtp(++sequence));
      return (await phones[1].receive(1)).length === 1;
    };
    /** Whether the kernel carries the next packets, at the latest after two seconds. */
    async function isCarried(): Promise<boolean> {
      const deadline = performance.now() + 2000;
      while (performance.now() < deadline) {
        const before = dataplane.totals().kernel.packets;
        if ((await talk()) && dataplane.totals().kernel.packets > before) return true;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return false;
    }
    const isRefused = (why: KernelRefusal): Promise<boolean> =>
      until(() => dataplane.read(a.flowId).kernelRefusal === why, 2000);

    it("is there again when its interface was made anew with the same index", async () => {
      for (const hook of ["tcx", "clsact"] as const) {
        await begin(hook);
        network.remake(addresses);
        expect(await isCarried()).toBe(true);
        if (hook === "tcx") await dataplane.close();
      }
    });

    it("is there again when somebody has taken all filters off the interface", async () => {
      await begin("clsact");
      run("tc", "qdisc", "delete", "dev", network.device, "clsact");
      expect(await talk()).toBe(true);
      expect(await isCarried()).toBe(true);
      expect(dataplane.fastpath().attachments).toHaveLength(1);
    });

    it("takes the place of a filter that an engine left behind, and of no other", async () => {
      const filters = (): string[] =>
        run("tc", "filter", "show", "dev", network.device, "ingress").match(/handle .*$/gm) ?? [];
      await begin("clsact");
      // Whoever is killed does not close anything.
      const killed = dataplane;
      killed.release([a, b]);
      expect(filters()).toHaveLength(1);
      const elsewhere = media(ours, 25000, 25009);
      const other = await open("steered", [elsewhere], { fastpath: "required", fastpathHook: "clsact" });
      const [c, d] = reservePair(other, elsewhere);
      other.apply([flowBetween(c, d, phones[1].endpoint)]);
      phones[0].send(c, rtp(1));
      expect(await phones[1].receive(1)).toHaveLength(1);
      expect(await until(() => other.read(c.flowId).tier === "kernel")).toBe(true);
      expect(filters()).toHaveLength(2);
      await begin("clsact");
      expect(filters()).toHaveLength(2);
      expect(await isCarried()).toBe(true);
      await killed.close();
      expect(filters()).toHaveLength(2);
      await other.close();
      expect(filters()).toHaveLength(1);
      expect(await isCarried()).toBe(true);
    });

    it("goes up the stack while the host lacks the local address", async () => {
      await begin();
      run("ip", "address", "delete", `${ours}/${prefix}`, "dev", network.device);
      run("ip", "route", "replace", `${theirs}/${family === 4 ? 32 : 128}`, "dev", network.device);
      expect(await isRefused("no-address")).toBe(true);
      const nodad = family === 6 ? ["nodad"] : [];
      run("ip", "address", "add", `${ours}/${prefix}`, "dev", network.device, ...nodad);
      expect(await isCarried()).toBe(true);
    });

    it("goes another way as soon as a rule says so", async () => {
      await begin();
      const rule = (verb: string): string =>
        run("ip", `-${family}`, "rule", verb, "from", ours, "prio", "100", "prohibit");
      rule("add");
      expect(await isRefused("no-route")).toBe(true);
      rule("delete");
      expect(await isCarried()).toBe(true);
    });

    it("goes up the stack, which asks for more than clear text, while the host has IPsec policies", async () => {
      await begin();
      const policy = (verb: string, ...more: string[]): string =>
        run("ip", "xfrm", "policy", verb, "src", theirs, "dst", ours, "dir", "in", ...more);
      policy("add", "tmpl", "src", theirs, "dst", ours, "proto", "esp", "mode", "transport");
      expect(await isRefused("ipsec")).toBe(true);
      phones[0].send(a, rtp(++sequence));
      expect(await phones[1].receive(1, 100)).toEqual([]);
      policy("delete");
      expect(await isCarried()).toBe(true);
    });
  },
);
