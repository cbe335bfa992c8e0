/** Debian's names of the architectures that packages are built for, with those of others. */
export const ARCHITECTURES = {
  amd64: { node: "x64" },
  arm64: { node: "arm64" },
} as const;

export type Architecture = keyof typeof ARCHITECTURES;

/** `rtpengine-ts` is the engine; `rtpengine-ts-tools` is the runtime with what administers any rtpengine. */
export type PackageName = "rtpengine-ts" | "rtpengine-ts-tools";

/** Where everything lives; executables are found through links. */
export const HOME = "usr/lib/rtpengine-ts";

/** A program of `bin/`. */
export interface Executable {
  /** Its name in `bin/`. */
  readonly name: string;
  /** Brings the program itself. */
  readonly package: PackageName;
  /** Brings `/usr/bin/NAME`: another package where Debian's own has a program of that name. */
  readonly link: PackageName;
}

/** The programs; the packages bring those that there are. */
export const EXECUTABLES: readonly Executable[] = [
  { name: "rtpengine-ctl", package: "rtpengine-ts-tools", link: "rtpengine-ts" },
  { name: "rtpengine-role", package: "rtpengine-ts-tools", link: "rtpengine-ts-tools" },
  { name: "rtpengine", package: "rtpengine-ts", link: "rtpengine-ts" },
];

/** Files and folders that a module reads while it runs: they go where it goes. `package.json` goes everywhere. */
export const ASSETS: Readonly<Record<string, readonly string[]>> = {
  // Names the folder that packages are built into: there is none where they are installed.
  "src/cli/role/targets.ts": [],
  "src/daemon/actions.ts": ["bpf/steer.bpf.o"],
  "src/dataplane/fastpath/program.ts": ["bpf/fastpath.bpf.o"],
  "src/dataplane/relay/steered-backend.ts": ["bpf/steer.bpf.o"],
  "src/role/templates.ts": ["src/role/templates"],
};

/** What is shipped of an npm package: what its entry needs at run time. */
interface RuntimePackage {
  readonly files: readonly string[];
  readonly needs?: readonly string[];
}

/** The npm packages that may be shipped. ARCH is Node's name of the architecture. */
export const RUNTIME_PACKAGES: Readonly<Record<string, RuntimePackage>> = {
  "@koromix/koffi-linux-ARCH": { files: ["package.json", "index.js", "linux_ARCH/koffi.node"] },
  "a-sync-waterfall": { files: ["package.json", "index.js"] },
  asap: { files: ["package.json", "asap.js", "raw.js"] },
  diff: { files: ["package.json", "libesm"] },
  "ipaddr.js": { files: ["package.json", "lib/ipaddr.js"] },
  koffi: {
    files: ["package.json", "index.js", "src/koffi/index.js", "src/koffi/src/static.js"],
    needs: ["@koromix/koffi-linux-ARCH"],
  },
  "node-linux-ARCH": { files: ["bin/node"] },
  nunjucks: { files: ["package.json", "index.js", "src"], needs: ["a-sync-waterfall", "asap"] },
  yaml: { files: ["package.json", "dist"] },
};

/** Files of a folder that only development needs. */
export const UNNEEDED: RegExp = /\.d\.[cm]?ts$|\.map$|(?:^|\/)(?:browser|bin)\//;

/** Replaces ARCH. */
export function forArchitecture(text: string, architecture: Architecture): string {
  return text.replaceAll("ARCH", ARCHITECTURES[architecture].node);
}

/** A file or link of a package. Paths have no slash in front. */
export type Entry =
  | {
      readonly path: string;
      readonly mode: 0o644 | 0o755;
      readonly content: Uint8Array;
      /** An administrator may change it: it is kept. */
      readonly isConfiguration?: true;
    }
  | { readonly path: string; readonly target: string };

/** The link from one path to another as Debian wants it: relative within a top-level folder, else absolute. */
export function linkTarget(from: string, to: string): string {
  const [fromTop] = from.split("/");
  const [toTop] = to.split("/");
  if (fromTop !== toTop) return `/${to}`;
  const [source, target] = [from.split("/"), to.split("/")];
  let shared = 0;
  while (shared < source.length - 1 && source[shared] === target[shared]) shared++;
  return [...source.slice(shared + 1).map(() => ".."), ...target.slice(shared)].join("/");
}
