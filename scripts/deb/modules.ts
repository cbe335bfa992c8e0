import { stripTypeScriptTypes } from "node:module";
import { posix } from "node:path";

/**
 * JavaScript of a TypeScript source. Types become blanks, so every line and column stays where it was: a stack trace
 * of an installed engine reads as one of the sources.
 */
export function emitJavaScript(source: string): string {
  return renameModules(stripTypeScriptTypes(source, { mode: "strip" }));
}

const RELATIVE_MODULE = /(["'])(\.\.?\/[^"'\n]*)\.ts\1/g;

/** Names of our modules as they are after emission, in imports and in `new URL("./x.ts", import.meta.url)` alike. */
export function renameModules(text: string): string {
  return text.replace(RELATIVE_MODULE, "$1$2.js$1");
}

/** Imports of other modules than our own: declarations, which begin a line, and calls. */
const IMPORTS: readonly RegExp[] = [
  /^(?:import|export)\b[^"';]*?\bfrom\s+"([^".][^"]*)"/gm,
  /^import\s+"([^".][^"]*)"/gm,
  /\bimport\(\s*"([^".][^"]*)"/g,
];

/** What a module, already emitted, asks for: our own modules by their path, others by the name of their package. */
export function requestsOf(path: string, javaScript: string): { modules: string[]; packages: string[] } {
  const modules = [...javaScript.matchAll(/(["'])(\.\.?\/[^"'\n]*)\.js\1/g)].map(
    ([, , specifier]) => `${posix.join(posix.dirname(path), specifier!)}.ts`,
  );
  const packages = IMPORTS.flatMap((pattern) => [...javaScript.matchAll(pattern)])
    .map(([, name]) => name!)
    .filter((name) => !name.startsWith("node:"))
    .map((name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)![0]);
  return { modules, packages };
}

/** The source that a program of `bin/` starts. */
export function entryOf(launcher: string): string {
  const entry = /"\$root\/(src\/[^"]+\.ts)"/.exec(launcher)?.[1];
  if (entry === undefined) throw new Error("the launcher names no entry");
  return entry;
}

/** A launcher that starts emitted JavaScript: one and the same file otherwise, environment and all. */
export function emitLauncher(launcher: string): string {
  return launcher.replace(`"$root/${entryOf(launcher)}"`, (quoted) => quoted.replace(/\.ts"$/, '.js"'));
}

/** What an entry needs, directly or not. */
export interface Closure {
  /** Emitted modules by the path of their source. */
  readonly modules: ReadonlyMap<string, string>;
  /** npm packages. */
  readonly packages: ReadonlySet<string>;
}

/** Follows the requests of an entry. @param read text of a source */
export function closureOf(entry: string, read: (path: string) => string): Closure {
  const modules = new Map<string, string>();
  const packages = new Set<string>();
  const waiting = [entry];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (modules.has(path)) continue;
    const javaScript = emitJavaScript(read(path));
    modules.set(path, javaScript);
    const requests = requestsOf(path, javaScript);
    waiting.push(...requests.modules);
    for (const name of requests.packages) packages.add(name);
  }
  return { modules, packages };
}
