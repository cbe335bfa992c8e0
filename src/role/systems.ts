import type { Facts } from "./facts.ts";

/** A system that the role knows: what is called otherwise on it than on others. */
export interface System {
  /** `Debian`, as `ansible_facts.distribution` has it. */
  readonly distribution: string;
  readonly majorVersion: string;
  /** Name of the release. */
  readonly release: string;
  /** Hosts of it were brought about by tests; else the names of its packages are all that is known. */
  readonly isTested: boolean;
  /** Lists of package names by variable. */
  readonly values: Readonly<Record<string, readonly string[]>>;
}

/** What the daemon is built with (tried: upstream's commit e8b82121fa0b). */
const BUILD_PACKAGES = [
  "ca-certificates",
  "default-libmysqlclient-dev",
  "gcc",
  "git",
  "gperf",
  "libc6-dev",
  "libcurl4-openssl-dev",
  "libevent-dev",
  "libglib2.0-dev",
  "libhiredis-dev",
  "libiptc-dev",
  "libjson-glib-dev",
  "libjwt-dev",
  "libmnl-dev",
  "libmosquitto-dev",
  "libncurses-dev",
  "libnftnl-dev",
  "libopus-dev",
  "libpcap0.8-dev",
  "libpcre2-dev",
  "libssl-dev",
  "libsystemd-dev",
  "liburing-dev",
  "libwebsockets-dev",
  "libxtables-dev",
  "make",
  "pkgconf",
  "zlib1g-dev",
];

/** What releases of the age of 10.5 want beside. */
const OLD_BUILD_PACKAGES = ["libpcre3-dev", "libxmlrpc-core-c3-dev"];

const CODEC_PACKAGES = [
  "libavcodec-dev",
  "libavfilter-dev",
  "libavformat-dev",
  "libavutil-dev",
  "libbcg729-dev",
  "libspandsp-dev",
  "libswresample-dev",
];

const values = (build: readonly string[]): System["values"] => ({
  __rtpengine_build_packages: build,
  __rtpengine_codec_packages: CODEC_PACKAGES,
});

export const SYSTEMS: readonly System[] = [
  {
    distribution: "Debian",
    majorVersion: "12",
    release: "bookworm",
    isTested: true,
    values: values([...BUILD_PACKAGES, ...OLD_BUILD_PACKAGES]),
  },
  {
    distribution: "Debian",
    majorVersion: "13",
    release: "trixie",
    isTested: false,
    // Debian 13 has no PCRE 3 any more, so nothing of 10.5's age is built there.
    values: values(BUILD_PACKAGES),
  },
  {
    distribution: "Ubuntu",
    majorVersion: "24",
    release: "noble",
    isTested: false,
    values: values([...BUILD_PACKAGES, ...OLD_BUILD_PACKAGES]),
  },
];

/** `Debian-12`: the name of its file of variables in Ansible. */
export const keyOf = ({ distribution, majorVersion }: System): string => `${distribution}-${majorVersion}`;

/** What is particular to the system of a host; nothing where the role does not know it, which a check refuses. */
export function valuesOfSystem(facts: object): System["values"] {
  const { distribution, distribution_major_version } = facts as Partial<Facts>;
  const key = `${distribution}-${distribution_major_version}`;
  return SYSTEMS.find((system) => keyOf(system) === key)?.values ?? {};
}

const listOf = (systems: readonly System[]): string => {
  const names = systems.map(({ distribution, majorVersion }) => `${distribution} ${majorVersion}`);
  return names.length === 1 ? names[0]! : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
};

/** `Debian 12, Debian 13 and Ubuntu 24`. */
export const KNOWN_SYSTEMS: string = listOf(SYSTEMS);
export const TESTED_SYSTEMS: string = listOf(SYSTEMS.filter(({ isTested }) => isTested));
