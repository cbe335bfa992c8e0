import { describe, expect, it } from "vitest";
import { conflictingClaim, parsePortClaims } from "../../../src/platform/port-claims.ts";

const TABLE = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 16853 @rtpengine-ts/media/127.0.0.1/30000-39999/steered/4711
0000000000000000: 00000003 00000000 00000000 0001 03 16854 @rtpengine-ts/media/127.0.0.1/30000-39999/steered/4711
0000000000000000: 00000002 00000000 00010000 0001 01 16855 /run/other/socket
0000000000000000: 00000002 00000000 00010000 0001 01 16856 @rtpengine-ts/media/2001:db8::1/10000-20000/sockets/4712`;

const claim = (portMin: number, portMax: number, isSteered: boolean, address = "127.0.0.1") => ({
  address,
  portMin,
  portMax,
  isSteered,
});

describe("claims of other engines", () => {
  const others = parsePortClaims(TABLE);

  it("are read from the kernel's table, each once", () => {
    expect(others.map(({ address, pid, isSteered }) => [address, pid, isSteered])).toEqual([
      ["127.0.0.1", 4711, true],
      ["2001:db8::1", 4712, false],
    ]);
  });

  it("conflict when ranges of one address overlap and one of the two is steered", () => {
    expect(conflictingClaim(claim(39999, 40010, false), others, 1)?.pid).toBe(4711);
    expect(conflictingClaim(claim(40000, 40010, true), others, 1)).toBeUndefined();
    expect(conflictingClaim(claim(30000, 39999, true, "127.0.0.2"), others, 1)).toBeUndefined();
  });

  it("do not conflict where both have a socket a port, nor with our own", () => {
    expect(conflictingClaim(claim(15000, 15010, false, "2001:db8::1"), others, 1)).toBeUndefined();
    expect(conflictingClaim(claim(15000, 15010, true, "2001:db8::1"), others, 1)?.pid).toBe(4712);
    expect(conflictingClaim(claim(30000, 39999, true), others, 4711)).toBeUndefined();
  });
});
