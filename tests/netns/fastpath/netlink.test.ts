import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { NetlinkSocket } from "../../../src/platform/netlink.ts";
import {
  decodeLinkType,
  decodeRoute,
  encodeLinkQuery,
  encodeRouteQuery,
} from "../../../src/wire/route-netlink.ts";

const LOCALHOST = { family: 4, address: "127.0.0.1" } as const;

describe("a netlink socket", () => {
  it("answers each query with the answer to that one", () => {
    const socket = new NetlinkSocket(0);
    const loopback = Number(readFileSync("/sys/class/net/lo/ifindex", "utf8"));
    for (let sequence = 1; sequence < 50; sequence += 2) {
      expect(decodeRoute(socket.ask(encodeRouteQuery(LOCALHOST, LOCALHOST, sequence)))).toEqual({
        kind: "local",
        interfaceIndex: loopback,
      });
      expect(decodeLinkType(socket.ask(encodeLinkQuery(loopback, sequence + 1)))).toBe(772);
    }
    socket.close();
  });

  it("takes what an earlier query has left for no answer", () => {
    const socket = new NetlinkSocket(0);
    // Two messages in one go: the answer to the second is left.
    const first = encodeLinkQuery(1, 1);
    socket.ask(Uint8Array.of(...first, ...encodeRouteQuery(LOCALHOST, LOCALHOST, 2)));
    expect(decodeLinkType(socket.ask(encodeLinkQuery(1, 3)))).toBe(772);
    socket.close();
  });
});
