import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const SOURCE = resolve(import.meta.dirname, "../../../src");

/** What each folder may import beside itself and `base`; ARCHITECTURE.md draws it. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  wire: [],
  protocol: ["wire"],
  platform: [],
  flow: ["wire"],
  config: ["wire"],
  call: ["flow", "wire"],
  // Types of the call model only: checked below.
  observe: ["call", "flow", "config", "wire", "platform"],
  client: ["wire", "platform"],
  phone: ["client", "protocol", "wire", "platform"],
  dataplane: ["flow", "observe", "config", "wire", "platform"],
  engine: ["call", "dataplane", "observe", "flow", "wire"],
  diagnose: ["engine", "dataplane", "call", "flow", "observe", "config", "client", "wire", "platform"],
  control: [
    "engine",
    "dataplane",
    "diagnose",
    "observe",
    "client",
    "config",
    "call",
    "flow",
    "wire",
    "platform",
  ],
  role: ["client", "phone", "protocol", "diagnose", "config", "wire", "platform"],
  cli: ["client", "phone", "diagnose", "role", "config", "wire", "platform"],
};

/** Bytes and time in, values out: nothing of the runtime, no clock, no chance, no output. */
const PURE = ["base", "wire", "protocol", "flow", "config", "call"];

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isTypeOnly: boolean;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name));
}

const files = sourceFiles(SOURCE);

function importsOf(file: string): Import[] {
  const text = readFileSync(file, "utf8");
  const imports: Import[] = [];
  for (const match of text.matchAll(/^(?:import|export)\s+(type\s+)?[^;]*?from\s+"([^"]+)"/gm)) {
    imports.push({ from: file, to: match[2]!, isTypeOnly: match[1] !== undefined });
  }
  for (const match of text.matchAll(/(?:^import\s+|\bimport\()"([^"]+)"/gm)) {
    imports.push({ from: file, to: match[1]!, isTypeOnly: false });
  }
  return imports;
}

const imports = files.flatMap(importsOf);
const layerOf = (path: string): string => {
  const [first = "", rest] = relative(SOURCE, path).split("/");
  return rest === undefined ? "main" : first;
};
const isInside = ({ to }: Import): boolean => to.startsWith(".");
const describeImport = ({ from, to }: Import): string => `${relative(SOURCE, from)} → ${to}`;

describe("the layers", () => {
  it("are all there to be looked at: a walk that sees nothing proves nothing", () => {
    expect(files.length).toBeGreaterThan(140);
    expect(imports.filter(isInside).length).toBeGreaterThan(400);
  });

  it("import downwards only", () => {
    const wrong = imports.filter((one) => {
      if (!isInside(one)) return false;
      const from = layerOf(one.from);
      const to = layerOf(resolve(dirname(one.from), one.to));
      if (from === "main" || from === "daemon" || from === to || to === "base") return false;
      return !MAY_IMPORT[from]?.includes(to);
    });
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it("know the call model by its types alone where they only watch it", () => {
    const wrong = imports.filter(
      (one) => layerOf(one.from) === "observe" && /\/call\//.test(one.to) && !one.isTypeOnly,
    );
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it("let no tier of the data plane import another", () => {
    const tier = (path: string): string | undefined =>
      /\/dataplane\/(relay|fastpath|media)\//.exec(path)?.[1];
    const wrong = imports.filter((one) => {
      const from = tier(one.from);
      const to = isInside(one) ? tier(resolve(dirname(one.from), one.to)) : undefined;
      return from !== undefined && to !== undefined && from !== to;
    });
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it("keep foreign calls behind platform", () => {
    const wrong = imports.filter(({ from, to }) => to === "koffi" && layerOf(from) !== "platform");
    expect(wrong.map(describeImport)).toEqual([]);
  });
});

describe("the pure layers", () => {
  const pureFiles = files.filter((file) => PURE.includes(layerOf(file)));

  it("import nothing of the runtime", () => {
    const wrong = imports.filter(({ from, to }) => PURE.includes(layerOf(from)) && to.startsWith("node:"));
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it("ask no clock, no chance, no process, and print nothing", () => {
    const impure =
      /\b(?:Date\.|new Date\b|performance\.|Math\.random|setTimeout|setInterval|process\.|console\.|crypto\.(?:random|subtle|getRandom))/;
    const wrong = pureFiles.flatMap((file) => {
      const code = readFileSync(file, "utf8")
        .replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "")
        .replace(/"(?:[^"\\\n]|\\.)*"|`[^`]*`/g, '""');
      const match = impure.exec(code);
      return match ? [`${relative(SOURCE, file)}: ${match[0]}`] : [];
    });
    expect(wrong).toEqual([]);
  });
});
