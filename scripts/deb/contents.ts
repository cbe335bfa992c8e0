import { Buffer } from "node:buffer";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { debianChangelog } from "./control.ts";
import {
  type Architecture,
  ASSETS,
  type Entry,
  EXECUTABLES,
  forArchitecture,
  HOME,
  linkTarget,
  type PackageName,
  RUNTIME_PACKAGES,
  UNNEEDED,
} from "./layout.ts";
import { type Closure, closureOf, emitLauncher, entryOf } from "./modules.ts";

/** What the contents of the packages are made of. */
export interface Sources {
  /** The repository. */
  readonly root: string;
  readonly architecture: Architecture;
  readonly version: string;
  /** Seconds; the time that everything has. */
  readonly epoch: number;
  /** The folder of an npm package. */
  readonly packageFolder: (name: string) => string;
  /** A program or object without what only debuggers read. */
  readonly stripped: (file: string) => Uint8Array;
}

/** All that the packages bring, by package, sorted by path. Nothing is in both. */
export function contentsOf(sources: Sources): ReadonlyMap<PackageName, readonly Entry[]> {
  const tools = toolEntries(sources);
  const known = new Set(tools.map(({ path }) => path));
  const engine = engineEntries(sources).filter(({ path }) => !known.has(path));
  return new Map([
    ["rtpengine-ts-tools", sorted([...tools, ...documents(sources, "rtpengine-ts-tools", tools)])],
    ["rtpengine-ts", sorted([...engine, ...documents(sources, "rtpengine-ts", engine)])],
  ]);
}

function sorted(entries: readonly Entry[]): Entry[] {
  return [...entries].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function toolEntries(sources: Sources): Entry[] {
  return [
    ...programs(sources, "rtpengine-ts-tools"),
    ...packageEntries(sources, new Set(["node-linux-ARCH"])),
  ];
}

function engineEntries(sources: Sources): Entry[] {
  const debian = (name: string): Uint8Array => readFileSync(join(sources.root, "deploy/debian", name));
  return [
    ...programs(sources, "rtpengine-ts"),
    {
      path: "etc/rtpengine/rtpengine.conf",
      mode: 0o644,
      content: debian("rtpengine.conf"),
      isConfiguration: true,
    },
    { path: "lib/systemd/system/rtpengine.service", mode: 0o644, content: debian("rtpengine.service") },
  ];
}

/** The programs of a package with all they run, and the links it brings. */
function programs(sources: Sources, name: PackageName): Entry[] {
  const { root } = sources;
  const present = EXECUTABLES.filter((executable) => existsSync(join(root, "bin", executable.name)));
  const entries = new Map<string, Entry>();
  for (const executable of present.filter((one) => one.package === name)) {
    const launcher = readFileSync(join(root, "bin", executable.name), "utf8");
    const closure = closureOf(entryOf(launcher), (path) => readFileSync(join(root, path), "utf8"));
    const path = `${HOME}/bin/${executable.name}`;
    const parts: Entry[] = [
      { path, mode: 0o755, content: Buffer.from(emitLauncher(launcher)) },
      ...moduleEntries(closure, sources),
      ...packageEntries(sources, closure.packages),
    ];
    for (const entry of parts) entries.set(entry.path, entry);
  }
  for (const executable of present.filter((one) => one.link === name)) {
    const path = `usr/bin/${executable.name}`;
    entries.set(path, { path, target: linkTarget(path, `${HOME}/bin/${executable.name}`) });
  }
  return [...entries.values()];
}

function moduleEntries({ modules }: Closure, sources: Sources): Entry[] {
  const { root } = sources;
  // Says that our files are modules; `version` is read from it.
  const entries: Entry[] = [manifest(root)];
  for (const [path, javaScript] of modules) {
    entries.push({
      path: `${HOME}/${path.replace(/\.ts$/, ".js")}`,
      mode: 0o644,
      content: Buffer.from(javaScript),
    });
    for (const asset of ASSETS[path] ?? []) {
      for (const file of filesBelow(root, asset)) {
        const isObject = file.endsWith(".o");
        const content = isObject ? sources.stripped(join(root, file)) : readFileSync(join(root, file));
        entries.push({ path: `${HOME}/${file}`, mode: 0o644, content });
      }
    }
  }
  return entries;
}

function manifest(root: string): Entry {
  const { name, version, description, license, type } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  const text = `${JSON.stringify({ name, version, description, license, type }, undefined, 2)}\n`;
  return { path: `${HOME}/package.json`, mode: 0o644, content: Buffer.from(text) };
}

/** npm packages with those they need. @throws for one whose files are not named in `RUNTIME_PACKAGES` */
function packageEntries(sources: Sources, names: ReadonlySet<string>): Entry[] {
  const all = new Set(names);
  const entries: Entry[] = [];
  for (const name of all) {
    const shipped = RUNTIME_PACKAGES[name];
    if (shipped === undefined) throw new Error(`RUNTIME_PACKAGES does not say what to ship of ${name}`);
    for (const needed of shipped.needs ?? []) all.add(needed);
    const real = forArchitecture(name, sources.architecture);
    const folder = sources.packageFolder(real);
    for (const part of shipped.files) {
      for (const file of filesBelow(folder, forArchitecture(part, sources.architecture))) {
        if (UNNEEDED.test(file) && file !== part) continue;
        const isProgram = file === "bin/node";
        const isNative = isProgram || file.endsWith(".node");
        const path = join(folder, file);
        entries.push({
          path: `${HOME}/node_modules/${real}/${file}`,
          mode: isProgram ? 0o755 : 0o644,
          content: isNative ? sources.stripped(path) : readFileSync(path),
        });
      }
    }
  }
  return entries;
}

/** The file of that name, or the files below the folder. */
function filesBelow(root: string, name: string): string[] {
  if (!existsSync(join(root, name))) throw new Error(`${name} is missing in ${root}`);
  if (!statSync(join(root, name)).isDirectory()) return [name];
  return readdirSync(join(root, name)).flatMap((inner) => filesBelow(root, `${name}/${inner}`));
}

/** What every Debian package says of itself. */
function documents(sources: Sources, name: PackageName, entries: readonly Entry[]): Entry[] {
  const { root, version, epoch } = sources;
  const folder = `usr/share/doc/${name}`;
  const compressed = (text: string): Uint8Array => {
    const bytes = gzipSync(text, { level: 9 });
    // The operating system that compressed it: none that is known.
    bytes[9] = 0xff;
    return bytes;
  };
  return [
    { path: `${folder}/copyright`, mode: 0o644, content: Buffer.from(copyright(sources, entries)) },
    {
      path: `${folder}/changelog.Debian.gz`,
      mode: 0o644,
      content: compressed(debianChangelog(name, version, epoch)),
    },
    {
      path: `${folder}/changelog.gz`,
      mode: 0o644,
      content: compressed(readFileSync(join(root, "CHANGELOG.md"), "utf8")),
    },
  ];
}

/** Our license, and that of every npm package of which something is shipped, word for word. */
function copyright(sources: Sources, entries: readonly Entry[]): string {
  const { root, architecture } = sources;
  const shipped = Object.keys(RUNTIME_PACKAGES)
    .map((name) => forArchitecture(name, architecture))
    .filter((name) => entries.some(({ path }) => path.startsWith(`${HOME}/node_modules/${name}/`)))
    .sort();
  const parts = shipped.map((name) => {
    return `${"-".repeat(78)}\n${HOME}/node_modules/${name}:\n\n${licenseOf(sources, name).trim()}\n`;
  });
  return [
    "rtpengine-ts, an RTP media proxy that speaks rtpengine's protocol.\n",
    `${readFileSync(join(root, "LICENSE"), "utf8").trim()}\n`,
    "The eBPF programs may also be used under the GNU General Public License,",
    "version 2 (/usr/share/common-licenses/GPL-2).\n",
    ...parts,
  ].join("\n");
}

function licenseOf(sources: Sources, name: string): string {
  const folder = sources.packageFolder(name);
  // Prebuilt parts of koffi have no license file of their own.
  const text = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
  if (text !== undefined) return readFileSync(join(folder, text), "utf8");
  if (name.startsWith("@koromix/")) return licenseOf(sources, "koffi");
  const { license, author } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return `${license}; ${typeof author === "string" ? author : author?.name}`;
}
