import { describe, expect, it } from "vitest";
import { loadConfig } from "../../../src/config/load.ts";
import { HOST_ADDRESSES, load, loadArguments, loadFile, loadText } from "./support.ts";

const addresses = (...argv: string[]): string[] =>
  loadArguments(...argv).interfaces.map((one) => one.bind.address);
const errorOf = (...argv: string[]): unknown =>
  load(["--config-file=none", ...argv]).diagnostics.find((one) => one.severity === "error");

describe("interface values", () => {
  it("are named default unless they say otherwise", () => {
    expect(loadArguments("-i", "192.0.2.10", "-i", "pub/198.51.100.20").interfaces).toMatchObject([
      { name: "default", portMin: 30000, portMax: 39999 },
      { name: "pub" },
    ]);
  });

  it("advertise another address after the exclamation mark", () => {
    expect(loadArguments("-i", "192.0.2.10!203.0.113.9").interfaces[0]).toMatchObject({
      bind: { family: 4, address: "192.0.2.10" },
      advertised: { family: 4, address: "203.0.113.9" },
    });
    expect(loadArguments("-i", "192.0.2.10!media.example").interfaces[0]?.advertised.address).toBe(
      "203.0.113.5",
    );
  });

  it("take every usable address of a network interface", () => {
    expect(addresses("-i", "int/eth0")).toEqual(["192.0.2.10", "2001:db8::10"]);
  });

  it("take every address but loopback and link-local for any", () => {
    expect(addresses("-i", "any")).toEqual(["192.0.2.10", "2001:db8::10", "198.51.100.20"]);
  });

  it("look host names up", () => {
    expect(addresses("-i", "media.example")).toEqual(["203.0.113.5"]);
  });

  it("split BASE:SUFFIX for round-robin use", () => {
    expect(loadArguments("-i", "pub:1/192.0.2.10").interfaces[0]).toMatchObject({
      name: "pub:1",
      roundRobinBase: "pub",
    });
  });

  it("create aliases, of round-robin bases and other aliases, too", () => {
    const config = loadArguments("-i", "pub:1/192.0.2.10", "-i", "a=pub", "-i", "b=a");
    expect(config.interfaceAliases).toEqual([
      { name: "a", of: "pub" },
      { name: "b", of: "a" },
    ]);
  });

  it("are refused when nothing can be made of them", () => {
    expect(errorOf("-i", "0.0.0.0")).toMatchObject({ key: "interface" });
    expect(errorOf("-i", "eth7")).toMatchObject({ didYouMean: "eth0" });
    expect(errorOf("-i", "300.1.1.1")).toBeDefined();
    expect(errorOf("-i", "/192.0.2.1")).toBeDefined();
    expect(errorOf("-i", "192.0.2.10!0.0.0.0")).toBeDefined();
    expect(errorOf("-i", "foo/192.0.2.10", "-i", "x=fooo")).toMatchObject({ didYouMean: "foo" });
  });

  it("find nothing for any on a host with loopback only", () => {
    const environment = { readFile: () => undefined, hostAddresses: HOST_ADDRESSES.slice(0, 2) };
    expect(loadConfig(["-i", "any"], environment).diagnostics[0]?.reason).toContain("none besides loopback");
  });

  it("are warned of when the name looks like an address", () => {
    const { config, diagnostics } = load(["--config-file=none", "-i", "192.0.2.10/198.51.100.20"]);
    expect(config).toBeDefined();
    expect(diagnostics[0]).toMatchObject({ severity: "warning", key: "interface" });
  });
});

describe("interface sections", () => {
  const text = (sections: string): string => `[rtpengine]\ninterfaces-config = interface\n${sections}`;

  it("take their name from the section unless they state one, in file order after `interface`", () => {
    const config = loadText(
      text(
        "[interface-a]\naddress = 192.0.2.10\n[interface-b-2]\nname = b\naddress = 198.51.100.20\n[interface-v]\nalias = b\n",
      ),
      "--interface=first/192.0.2.10",
    );
    expect(config.interfaces.map((one) => one.name)).toEqual(["first", "a", "b"]);
    expect(config.interfaceAliases).toEqual([{ name: "v", of: "b" }]);
  });

  it("may have a range of their own and ports to leave out", () => {
    const config = loadText(
      text("[interface-a]\naddress = eth1\nport-min = 3000\nport-max = 3007\nexclude-ports = 3001 ; 3002\n"),
    );
    expect(config.interfaces[0]).toMatchObject({ portMin: 3000, portMax: 3007, excludedPorts: [3001, 3002] });
  });

  it.each(["advertised", "advertised address", "advertised-address", "advertised_address"])(
    "read the key %s",
    (key) => {
      const config = loadText(text(`[interface-a]\naddress = 192.0.2.10\n${key} = 203.0.113.9\n`));
      expect(config.interfaces[0]?.advertised.address).toBe("203.0.113.9");
    },
  );

  it.each([
    ["neither address nor alias", "[interface-a]\nname = x\n", 3],
    ["a port that is none", "[interface-a]\naddress = eth1\nport-min = 70000\n", 5],
    ["an empty range", "[interface-a]\naddress = eth1\nport-min = 3000\nport-max = 2000\n", 5],
    ["ports to leave out that are none", "[interface-a]\naddress = eth1\nexclude-ports = x\n", 5],
    ["a value with a wrong escape", "[interface-a]\naddress = eth\\1\n", 4],
    ["an address nobody knows", "[interface-a]\naddress = eth9\n", 4],
  ])("are refused with the line for %s", (_, sections, line) => {
    const { config, diagnostics } = loadFile(text(sections));
    expect(config).toBeUndefined();
    expect(diagnostics[0]).toMatchObject({ severity: "error", line });
  });

  it("warn of keys they do not have", () => {
    const { diagnostics } = loadFile(text("[interface-a]\naddress = eth1\nport_min = 1000\n"));
    expect(diagnostics[0]).toMatchObject({ severity: "warning", line: 5, didYouMean: "port-min" });
  });
});
