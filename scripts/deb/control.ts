import { createHash } from "node:crypto";
import type { Architecture, Entry, PackageName } from "./layout.ts";

const MAINTAINER = "The rtpengine-ts authors <authors@rtpengine-ts.invalid>";

/** Of the Debian packaging itself, behind the version of `package.json`. */
const REVISION = 1;

/** `0.1.0-1`; a pre-release sorts before its release: `0.2.0~rc.1-1`. */
export function debianVersion(version: string): string {
  return `${version.replace("-", "~")}-${REVISION}`;
}

/** Other packages of a program that has our name: one of them at a time. */
const OTHERS = [
  "ngcp-rtpengine-daemon",
  "ngcp-rtpengine-utils",
  "rtpengine-daemon",
  // Has /usr/bin/rtpengine-ctl too.
  "rtpengine-utils",
];

interface Description {
  readonly section: string;
  readonly summary: string;
  readonly text: readonly string[];
  readonly relations: (version: string) => Readonly<Record<string, readonly string[]>>;
}

/** What the shipped Node and koffi are linked with, in the versions whose symbols they use. */
const RUNTIME_LIBRARIES = ["libc6 (>= 2.28)", "libgcc-s1 (>= 3.4)", "libstdc++6 (>= 7)"];

const DESCRIPTIONS: Readonly<Record<PackageName, Description>> = {
  "rtpengine-ts-tools": {
    section: "comm",
    summary: "command line tools for rtpengine hosts",
    text: [
      "rtpengine-ctl asks a running rtpengine, this project's or upstream's.",
      "rtpengine-role installs and configures such hosts, here or over SSH.",
      "With them comes the JavaScript runtime that they and rtpengine-ts need.",
    ],
    relations: () => ({ Depends: RUNTIME_LIBRARIES, Suggests: ["openssh-client"] }),
  },
  "rtpengine-ts": {
    section: "comm",
    summary: "RTP media proxy that speaks rtpengine's protocol",
    text: [
      "The media relay beside OpenSIPS, Kamailio and other SIP proxies: the same",
      "NG protocol, configuration file, command line and metric names as",
      "Sipwise rtpengine. It needs no kernel module.",
    ],
    relations: (version) => ({
      Depends: [
        `rtpengine-ts-tools (= ${version})`,
        "adduser",
        "init-system-helpers (>= 1.52)",
        "libbpf1 (>= 1:1.0)",
        ...RUNTIME_LIBRARIES,
      ],
      Conflicts: OTHERS,
      Replaces: OTHERS,
    }),
  },
};

/** The control file. @param installedKilobytes what it takes when unpacked */
export function controlFile(
  name: PackageName,
  version: string,
  architecture: Architecture,
  installedKilobytes: number,
): string {
  const { section, summary, text, relations } = DESCRIPTIONS[name];
  return [
    `Package: ${name}`,
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    `Maintainer: ${MAINTAINER}`,
    `Installed-Size: ${installedKilobytes}`,
    ...Object.entries(relations(version)).map(([field, values]) => `${field}: ${values.join(", ")}`),
    `Section: ${section}`,
    "Priority: optional",
    `Description: ${summary}`,
    ...text.map((line) => ` ${line}`),
    "",
  ].join("\n");
}

/** Kilobytes as `dpkg-gencontrol` reckons: files in whole kilobytes, everything else one each. */
export function installedKilobytes(entries: readonly Entry[]): number {
  const folders = new Set(entries.flatMap(({ path }) => parents(path)));
  const files = entries.map((entry) => ("content" in entry ? Math.ceil(entry.content.length / 1024) : 1));
  return files.reduce((sum, size) => sum + size, folders.size);
}

/** The folders above a path, without the root. */
export function parents(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** `md5sums`: all files but those that an administrator may change. */
export function md5sums(entries: readonly Entry[]): string {
  return entries
    .flatMap((entry) => ("content" in entry && !entry.isConfiguration ? [entry] : []))
    .map(({ path, content }) => `${createHash("md5").update(content).digest("hex")}  ${path}\n`)
    .join("");
}

/** `conffiles`; undefined when there are none. */
export function conffiles(entries: readonly Entry[]): string | undefined {
  const paths = entries.flatMap((entry) => ("content" in entry && entry.isConfiguration ? [entry.path] : []));
  return paths.length === 0 ? undefined : paths.map((path) => `/${path}\n`).join("");
}

/** The changelog of the packaging. @param epoch seconds, of the commit */
export function debianChangelog(name: PackageName, version: string, epoch: number): string {
  const date = new Date(epoch * 1000).toUTCString().replace("GMT", "+0000");
  return [
    `${name} (${version}) bookworm; urgency=medium`,
    "",
    "  * See changelog.gz for what has changed.",
    "",
    ` -- ${MAINTAINER}  ${date}`,
    "",
  ].join("\n");
}
