import { type Address, isUnspecified, parseAddress } from "../base/endpoint.ts";
import { type IniSection, splitIniList, unescapeIniValue } from "../wire/ini.ts";
import { type Diagnostic, diagnose, type Origin } from "./diagnostic.ts";
import { didYouMean } from "./did-you-mean.ts";
import type { ResolveHost } from "./listen-address.ts";
import type { HostAddress, InterfaceAlias, MediaInterface } from "./media-interface.ts";

/** What is needed to turn interface text into addresses. */
export interface InterfaceContext {
  readonly hostAddresses: readonly HostAddress[];
  readonly resolveHost: ResolveHost;
  /** The range of an interface that states none of its own. */
  readonly portMin: number;
  readonly portMax: number;
}

/** All interfaces, in order, with what was wrong on the way. */
export interface InterfaceTable {
  readonly interfaces: readonly MediaInterface[];
  readonly aliases: readonly InterfaceAlias[];
  readonly diagnostics: readonly Diagnostic[];
  /** Where each interface was described; same order as `interfaces`. */
  readonly origins: readonly (Origin & { readonly key: string })[];
}

const SECTION_KEYS = ["name", "address", "advertised", "alias", "port-min", "port-max", "exclude-ports"];
const ADVERTISED_SPELLINGS = ["advertised", "advertised address", "advertised-address", "advertised_address"];

interface Description {
  readonly name: string;
  readonly address: string;
  readonly advertised: string | undefined;
  readonly portMin: number;
  readonly portMax: number;
  readonly excludedPorts: readonly number[];
}

/** Collects interfaces from `interface` values and from sections, in the order they are added. */
export class InterfaceBuilder {
  readonly #context: InterfaceContext;
  readonly #interfaces: MediaInterface[] = [];
  readonly #aliases: (InterfaceAlias & { readonly origin: Origin; readonly key: string })[] = [];
  readonly #origins: (Origin & { readonly key: string })[] = [];
  readonly #diagnostics: Diagnostic[] = [];

  constructor(context: InterfaceContext) {
    this.#context = context;
  }

  /** Adds one value of the option `interface`: `[NAME/]ADDRESS[!ADVERTISED]` or `ALIAS=NAME`. */
  addText(text: string, origin: Origin): void {
    const separator = /[/=]/.exec(text);
    const name = separator === null ? "default" : text.slice(0, separator.index).trim();
    const rest = separator === null ? text : text.slice(separator.index + 1);
    if (name === "") {
      this.#error(origin, "interface", `"${text}" has an empty name before the "${separator?.[0]}"`);
      return;
    }
    if (separator?.[0] === "=") {
      this.#aliases.push({ name, of: rest.trim(), origin, key: "interface" });
      return;
    }
    if (parseAddress(name) !== undefined) {
      const reason = `"${text}" makes a logical interface of the name "${name}"; several addresses are separated by ";", an advertised one by "!"`;
      this.#diagnostics.push(diagnose("warning", origin, "interface", reason));
    }
    const [address = "", ...advertised] = rest.split("!");
    const { portMin, portMax } = this.#context;
    this.#add(
      {
        name,
        address: address.trim(),
        advertised: advertised.length === 0 ? undefined : advertised.join("!").trim(),
        portMin,
        portMax,
        excludedPorts: [],
      },
      origin,
      "interface",
    );
  }

  /** Adds what a section `[PREFIX-NAME]` describes. */
  addSection(section: IniSection, defaultName: string, source: string): void {
    const values = this.#readSection(section, source);
    const origin = { source, line: section.line };
    const place = (key: string): Origin => ({ source, line: values.get(key)?.line ?? section.line });
    const alias = values.get("alias");
    if (alias !== undefined) {
      this.#aliases.push({ name: defaultName, of: alias.value, origin: place("alias"), key: "alias" });
      return;
    }
    const address = values.get("address");
    if (address === undefined) {
      this.#error(origin, `[${section.name}]`, "has neither address nor alias");
      return;
    }
    const port = (key: string, fallback: number): number | undefined => {
      const text = values.get(key)?.value;
      if (text === undefined) return fallback;
      const value = readPort(text);
      if (value === undefined)
        this.#error(place(key), key, `"${text}" is no port: it needs to be 1 to 65535`);
      return value;
    };
    const portMin = port("port-min", this.#context.portMin);
    const portMax = port("port-max", this.#context.portMax);
    const excludedPorts = this.#excludedPorts(values.get("exclude-ports"), source);
    if (portMin === undefined || portMax === undefined || excludedPorts === undefined) return;
    if (portMin > portMax) {
      this.#error(place("port-min"), "port-min", `${portMin} is above port-max, ${portMax}`);
      return;
    }
    const name = values.get("name")?.value ?? defaultName;
    const advertised = values.get("advertised")?.value;
    this.#add(
      { name, address: address.value, advertised, portMin, portMax, excludedPorts },
      place("address"),
      "address",
    );
  }

  /** The result; aliases of names that do not exist are reported. */
  build(): InterfaceTable {
    const names = new Set(this.#interfaces.flatMap((one) => [one.name, one.roundRobinBase ?? one.name]));
    for (const alias of this.#aliases) {
      if (!names.has(alias.of)) {
        const reason = `"${alias.name}" stands for the interface "${alias.of}", which does not exist`;
        this.#diagnostics.push(
          diagnose("error", alias.origin, alias.key, reason, didYouMean(alias.of, names)),
        );
      }
      names.add(alias.name);
    }
    return {
      interfaces: this.#interfaces,
      aliases: this.#aliases.map(({ name, of }) => ({ name, of })),
      diagnostics: this.#diagnostics,
      origins: this.#origins,
    };
  }

  #readSection(section: IniSection, source: string): Map<string, { value: string; line: number }> {
    const values = new Map<string, { value: string; line: number }>();
    for (const entry of section.entries) {
      const key = ADVERTISED_SPELLINGS.includes(entry.key) ? "advertised" : entry.key;
      const origin = { source, line: entry.line };
      if (!SECTION_KEYS.includes(key)) {
        const reason = "is no key of an interface section and is not read";
        this.#diagnostics.push(diagnose("warning", origin, entry.key, reason, didYouMean(key, SECTION_KEYS)));
        continue;
      }
      const text = key === "exclude-ports" ? { value: entry.value } : unescapeIniValue(entry.value);
      if ("reason" in text) this.#error(origin, entry.key, text.reason);
      else values.set(key, { value: text.value.trim(), line: entry.line });
    }
    return values;
  }

  #excludedPorts(
    entry: { value: string; line: number } | undefined,
    source: string,
  ): readonly number[] | undefined {
    if (entry === undefined) return [];
    const list = splitIniList(entry.value);
    const ports = "reason" in list ? [] : list.value.map(readPort);
    if ("value" in list && ports.every((port) => port !== undefined)) return ports as number[];
    this.#error(
      { source, line: entry.line },
      "exclude-ports",
      `"${entry.value}" is no list of ports: write 30000;30001`,
    );
    return undefined;
  }

  #add(description: Description, origin: Origin, key: string): void {
    const found = this.#lookUp(description.address, origin, key);
    const advertised = this.#advertised(description.advertised, origin, key);
    if (found === undefined || advertised === undefined) return;
    const colon = description.name.indexOf(":");
    for (const bind of found) {
      this.#interfaces.push({
        name: description.name,
        ...(colon > 0 ? { roundRobinBase: description.name.slice(0, colon) } : {}),
        bind,
        advertised: advertised === "none" ? bind : advertised,
        portMin: description.portMin,
        portMax: description.portMax,
        ...(description.excludedPorts.length > 0 ? { excludedPorts: description.excludedPorts } : {}),
      });
      this.#origins.push({ ...origin, key });
    }
  }

  #advertised(text: string | undefined, origin: Origin, key: string): Address | "none" | undefined {
    if (text === undefined) return "none";
    const address = parseAddress(text) ?? this.#context.resolveHost(text)[0];
    if (address !== undefined && !isUnspecified(address)) return address;
    this.#error(
      origin,
      key,
      `"${text}" cannot be advertised: it is no address and no name that resolves to one`,
    );
    return undefined;
  }

  #lookUp(text: string, origin: Origin, key: string): readonly Address[] | undefined {
    const literal = parseAddress(text);
    if (literal !== undefined && !isUnspecified(literal)) return [literal];
    if (literal !== undefined) {
      this.#error(origin, key, `"${text}" is no single address; to use all of the host's write "any"`);
      return undefined;
    }
    const usable = this.#context.hostAddresses.filter((address) => !isLinkLocal(address));
    const found =
      text === "any"
        ? usable.filter((address) => !isLoopback(address))
        : usable.filter((address) => address.interface === text);
    if (found.length > 0) return found.map(({ family, address }) => ({ family, address }));
    if (text === "any") {
      this.#error(origin, key, `"any" finds no address: this host has none besides loopback; name one`);
      return undefined;
    }
    const resolved = /^[\d.]+$/.test(text) || text === "" ? [] : this.#context.resolveHost(text);
    if (resolved.length > 0) return resolved;
    const names = new Set(this.#context.hostAddresses.map((address) => address.interface));
    const reason = `"${text}" is no IP address, no network interface with an address, and no host name that resolves`;
    this.#diagnostics.push(diagnose("error", origin, key, reason, didYouMean(text, ["any", ...names])));
    return undefined;
  }

  #error(origin: Origin, key: string, reason: string): void {
    this.#diagnostics.push(diagnose("error", origin, key, reason));
  }
}

/** Whether the address reaches only this host. */
export function isLoopback(address: HostAddress): boolean {
  return address.interface === "lo" || address.address.startsWith("127.") || address.address === "::1";
}

function isLinkLocal(address: HostAddress): boolean {
  return address.family === 6 && /^fe[89ab]/.test(address.address);
}

function readPort(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65535 ? port : undefined;
}
