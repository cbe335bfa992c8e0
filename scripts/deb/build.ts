import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { contentsOf } from "./contents.ts";
import { conffiles, controlFile, debianVersion, installedKilobytes, md5sums } from "./control.ts";
import { packageFolder, run } from "./fetch.ts";
import { ARCHITECTURES, type Architecture, type Entry, type PackageName } from "./layout.ts";

const ROOT = join(import.meta.dirname, "../..");
const SCRIPTS = ["postinst", "prerm", "postrm"];

const { values } = parseArgs({
  options: {
    arch: { type: "string", multiple: true },
    out: { type: "string", default: join(ROOT, "dist") },
    level: { type: "string", default: "19" },
  },
});

/** When everything was made: the time of the commit, so that the same sources give the same bytes. */
function sourceEpoch(): number {
  const given = process.env.SOURCE_DATE_EPOCH;
  if (given !== undefined && given !== "") return Number(given);
  try {
    return Number(run("git", ["-C", ROOT, "log", "-1", "--format=%ct"]));
  } catch {
    // Sources without a history.
    return Math.floor(statSync(join(ROOT, "package.json")).mtimeMs / 1000);
  }
}

/** Without what only debuggers read, where there is a tool that knows every architecture. */
function stripped(folder: string): (file: string) => Uint8Array {
  const tool = ["llvm-strip", "llvm-strip-14"].find((name) => {
    try {
      run(name, ["--version"]);
      return true;
    } catch {
      return false;
    }
  });
  if (tool === undefined)
    process.stderr.write("llvm-strip is missing (package llvm): programs stay large.\n");
  return (file) => {
    if (tool === undefined) return readFileSync(file);
    const copy = join(folder, "stripped");
    // Of an eBPF object every symbol is needed. Without debugging data it is the same for every architecture.
    run(tool, [file.endsWith(".o") ? "--strip-debug" : "--strip-unneeded", "-o", copy, file]);
    return readFileSync(copy);
  };
}

function writeTree(folder: string, entries: readonly Entry[], epoch: number): void {
  for (const entry of entries) {
    const path = join(folder, entry.path);
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    if ("target" in entry) symlinkSync(entry.target, path);
    else {
      writeFileSync(path, entry.content);
      chmodSync(path, entry.mode);
      utimesSync(path, epoch, epoch);
    }
  }
}

/** @returns the path of the package */
function writePackage(
  name: PackageName,
  architecture: Architecture,
  entries: readonly Entry[],
  { version, epoch, work }: { readonly version: string; readonly epoch: number; readonly work: string },
): string {
  const tree = join(work, `${name}-${architecture}`);
  writeTree(tree, entries, epoch);
  const control: Entry[] = [];
  const add = (path: string, text: string | undefined, mode: 0o644 | 0o755 = 0o644): void => {
    if (text !== undefined) control.push({ path: `DEBIAN/${path}`, mode, content: Buffer.from(text) });
  };
  add("control", controlFile(name, version, architecture, installedKilobytes(entries)));
  add("md5sums", md5sums(entries));
  add("conffiles", conffiles(entries));
  if (name === "rtpengine-ts") {
    for (const script of SCRIPTS) {
      add(script, readFileSync(join(ROOT, "deploy/debian", `${name}.${script}`), "utf8"), 0o755);
    }
  }
  writeTree(tree, control, epoch);
  const file = join(values.out, `${name}_${version}_${architecture}.deb`);
  run("dpkg-deb", ["--root-owner-group", "-Zzstd", `-z${values.level}`, "--build", tree, file], {
    SOURCE_DATE_EPOCH: String(epoch),
  });
  rmSync(tree, { recursive: true });
  return file;
}

process.umask(0o022);
const npmPackages = new Map<string, string>();
/** Each is unpacked once: it is asked for by every program that needs it. */
function npmPackage(name: string): string {
  const folder = npmPackages.get(name) ?? packageFolder(ROOT, join(ROOT, "build", "npm"), name);
  npmPackages.set(name, folder);
  return folder;
}

const architectures = values.arch ?? Object.keys(ARCHITECTURES);
for (const name of architectures) {
  if (!Object.hasOwn(ARCHITECTURES, name)) throw new Error(`no packages are built for ${name}`);
}
const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const parts = { version: debianVersion(version), epoch: sourceEpoch() };
const work = mkdtempSync(join(tmpdir(), "rtpengine-deb-"));
mkdirSync(values.out, { recursive: true });
try {
  for (const architecture of architectures as Architecture[]) {
    const contents = contentsOf({
      root: ROOT,
      architecture,
      ...parts,
      packageFolder: npmPackage,
      stripped: stripped(work),
    });
    for (const [name, entries] of contents) {
      const file = writePackage(name, architecture, entries, { ...parts, work });
      const megabytes = (statSync(file).size / 1e6).toFixed(1);
      process.stdout.write(
        `${file}: ${megabytes} MB, ${(installedKilobytes(entries) / 1000).toFixed(1)} MB installed\n`,
      );
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
