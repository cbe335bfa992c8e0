import type { ApplyEvent, Recap } from "../../role/index.ts";

export interface PrinterOptions {
  readonly isVerbose: boolean;
  readonly showsDiff: boolean;
  readonly isCheck: boolean;
  readonly hasColor: boolean;
  readonly write: (text: string) => void;
}

const COLORS = { changed: 33, warning: 35, failed: 31, ok: 32, title: 1 } as const;

/** Prints a run as it goes, and its recap. */
export class Printer {
  readonly #options: PrinterOptions;
  #title = "";

  constructor(options: PrinterOptions) {
    this.#options = options;
  }

  print(event: ApplyEvent): void {
    const { isVerbose, isCheck, showsDiff } = this.#options;
    switch (event.kind) {
      case "section":
        this.#title = event.title;
        if (isVerbose) this.#showTitle();
        break;
      case "ok":
      case "skipped":
        if (isVerbose) this.#line(event.kind === "ok" ? "ok" : undefined, event.kind, event.name);
        break;
      case "warning":
        this.#line("warning", "warning", event.message);
        break;
      case "changing":
        // Installing takes minutes: say what is under way.
        if (/installed|→|fetched/.test(event.summary)) this.#line(undefined, "...", event.summary);
        break;
      case "changed":
        this.#line("changed", isCheck ? "would" : "changed", `${event.name}: ${event.summary}`);
        if (showsDiff && event.diff !== undefined) this.#options.write(`${this.#colored(event.diff)}\n`);
        break;
      case "handler":
        this.#line("changed", isCheck ? "would" : "handler", event.name);
        break;
      case "failed":
        this.#line("failed", "failed", `${event.name}: ${event.message}`);
        break;
      case "rolled-back":
        if (event.problems.length === 0) {
          const done = event.steps === 0 ? "nothing was changed" : `${event.steps} changes were taken back`;
          this.#line("changed", "undone", `${done}: the host is as it was`);
          break;
        }
        this.#line(
          "failed",
          "undone",
          `${event.steps} changes were taken back, but the host is not as it was:`,
        );
        for (const problem of event.problems) this.#line("failed", "", problem);
    }
  }

  recap(host: string, { ok, changed, skipped, warnings, failed, handlers }: Recap): void {
    const counts = `ok=${ok} changed=${changed} skipped=${skipped} warnings=${warnings} failed=${failed}`;
    const color = failed > 0 ? "failed" : changed > 0 ? "changed" : "ok";
    const ran = handlers.length > 0 ? `  handlers: ${handlers.join(", ")}` : "";
    this.#options.write(`${this.#paint(color, host)} : ${counts}${ran}\n`);
  }

  #showTitle(): void {
    if (this.#title !== "") this.#options.write(`${this.#paint("title", this.#title)}\n`);
    this.#title = "";
  }

  #line(color: keyof typeof COLORS | undefined, word: string, text: string): void {
    this.#showTitle();
    const [first, ...rest] = text.split("\n");
    const label = word.padEnd(8);
    this.#options.write(`  ${color === undefined ? label : this.#paint(color, label)} ${first}\n`);
    for (const line of rest) this.#options.write(`           ${line}\n`);
  }

  #colored(diff: string): string {
    return diff
      .trimEnd()
      .split("\n")
      .map((line) => {
        const color = line.startsWith("+") ? "ok" : line.startsWith("-") ? "failed" : undefined;
        return `           ${color === undefined ? line : this.#paint(color, line)}`;
      })
      .join("\n");
  }

  #paint(color: keyof typeof COLORS, text: string): string {
    return this.#options.hasColor ? `\u001b[${COLORS[color]}m${text}\u001b[0m` : text;
  }
}
