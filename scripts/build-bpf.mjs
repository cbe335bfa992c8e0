// Compiles bpf/*.bpf.c into bpf/*.bpf.o. Runs on Node 18 too, so that a bare host can use it.
//
// Without a compiler or headers it says what to install and ends well: the engine then receives on one
// socket a port ("sockets") instead of steering ("steered").
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const folder = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), "bpf");

/** What has to be there, and the Debian package that brings it. */
function missingPackages() {
  const missing = [];
  if (spawnSync("clang", ["--version"]).error !== undefined) missing.push("clang");
  if (!existsSync("/usr/include/bpf/bpf_helpers.h")) missing.push("libbpf-dev");
  if (!existsSync("/usr/include/linux/bpf.h")) missing.push("linux-libc-dev");
  return missing;
}

/** Where `asm/types.h` is: clang's bpf target does not look in the host's own folder. */
function architectureInclude() {
  const triplets = { x64: "x86_64-linux-gnu", arm64: "aarch64-linux-gnu" };
  const include = `/usr/include/${triplets[process.arch]}`;
  return existsSync(include) ? ["-I", include] : [];
}

function compile(source) {
  const object = source.replace(/\.c$/, ".o");
  const partial = `${object}.${process.pid}`;
  const args = [
    "-O2",
    "-g",
    "-target",
    "bpf",
    "-Wall",
    "-Werror",
    ...architectureInclude(),
    // The object is the same wherever it is compiled.
    `-ffile-prefix-map=${path.dirname(folder)}/=`,
    "-fdebug-compilation-dir=.",
    "-c",
    source,
    "-o",
    partial,
  ];
  const result = spawnSync("clang", args, { stdio: ["ignore", "inherit", "inherit"] });
  if (result.status !== 0) {
    rmSync(partial, { force: true });
    return false;
  }
  renameSync(partial, object);
  return true;
}

const missing = missingPackages();
if (missing.length > 0) {
  console.log(
    `build-bpf: nothing built, missing: ${missing.join(", ")}. On Debian: apt-get install ${missing.join(" ")}`,
  );
  console.log("build-bpf: the engine runs without it, on one socket a port (slower).");
} else {
  const sources = readdirSync(folder).filter((name) => name.endsWith(".bpf.c"));
  const failed = sources.filter((name) => !compile(path.join(folder, name)));
  console.log(`build-bpf: ${sources.length - failed.length} of ${sources.length} built in ${folder}`);
  if (failed.length > 0) process.exitCode = 1;
}
