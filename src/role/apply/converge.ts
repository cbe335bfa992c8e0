import { type Context, ExpressionError, isTrue } from "../expression.ts";
import { statFile } from "../host/files.ts";
import { HostError } from "../host/host.ts";
import { concerns, resolve, withDerived } from "../resolve.ts";
import { HANDLER_NAMES, type HandlerName, type Recipe, type Resource, type Section } from "../resource.ts";
import { type ChangingResource, planResource } from "../resources/index.ts";
import { type Change, HalfDoneError, type UndoStep, type Workplace } from "../resources/kind.ts";
import { undoOf } from "../resources/path-change.ts";
import type { ApplyEvent, Recap } from "./events.ts";
import {
  type ActiveUnit,
  activeUnits,
  changesIn,
  dropUnfinished,
  type Journal,
  loadUnfinished,
  saveJournal,
  saveUnfinished,
  undo,
} from "./journal.ts";
import { readVault, secretsOf } from "./vault.ts";

export interface ConvergeOptions {
  readonly recipe: Recipe;
  /** Every variable with its value, and `ansible_facts`. */
  readonly variables: Context;
  readonly workplace: Omit<Workplace, "context">;
  /** Look, and change nothing. */
  readonly isCheck: boolean;
  /** What a failed run has changed stays. */
  readonly keepsFailure: boolean;
  /** It takes the role away: run again it goes on where it stopped, so nothing is noted for a way back. */
  readonly isRemoval?: boolean;
  readonly onEvent: (event: ApplyEvent) => void;
  /** Proves that the host works, after changes; throws when it does not. */
  readonly verify?: (context: Context) => Promise<void>;
  /** Seconds since 1970. */
  readonly now: () => number;
}

/** A run that could not be finished. What it had changed is taken back, except where that was not wanted. */
export class ConvergeError extends Error {
  readonly recap: Recap;

  constructor(message: string, recap: Recap, options?: ErrorOptions) {
    super(message, options);
    this.name = "ConvergeError";
    this.recap = recap;
  }
}

/**
 * Brings a host to what the recipe says, or (`isCheck`) says what that would change.
 *
 * @throws ConvergeError
 */
export async function converge(options: ConvergeOptions): Promise<Recap> {
  const run = new Run(options);
  try {
    await run.begin();
    for (const section of options.recipe.sections) await run.section(section);
    await run.handlers();
    await run.finish();
  } catch (cause) {
    if (!(cause instanceof HostError) && !(cause instanceof ExpressionError)) throw cause;
    await run.fail(cause);
    throw new ConvergeError(cause.message, run.recap, { cause });
  }
  return run.recap;
}

class Run {
  readonly recap: Recap = { ok: 0, changed: 0, skipped: 0, warnings: 0, failed: 0, handlers: [] };
  readonly #options: ConvergeOptions;
  readonly #registered: Record<string, unknown> = {};
  readonly #notified = new Set<HandlerName>();
  readonly #steps: UndoStep[] = [];
  /** How notes are taken back; of a run that changes nothing there is nothing to take back. */
  readonly #noteSteps: UndoStep[] = [];
  /** Of a run that was broken off: this one finishes it, and is taken back with it. */
  #unfinished: Journal | undefined;
  /** Units that ran before the first change; undefined until then. */
  #activeBefore: readonly ActiveUnit[] | undefined;
  /** Whether handlers have begun to run. */
  #hasActivated = false;
  readonly #startedAt: number;
  /** Of checks, since the last resource that was none. */
  readonly #failures: string[] = [];
  /** What no event may show. */
  readonly #secrets: string[] = [];
  #current = "";

  constructor(options: ConvergeOptions) {
    this.#options = options;
    this.#startedAt = options.now();
  }

  /** Takes over what a run that was broken off still had to do. */
  async begin(): Promise<void> {
    if (this.#options.isRemoval === true) return;
    this.#unfinished = await loadUnfinished(this.#options.workplace.host);
    for (const handler of this.#unfinished?.handlers ?? []) this.#notified.add(handler);
  }

  async section({ title, when, resources }: Section): Promise<void> {
    const { onEvent } = this.#options;
    if (!concerns(when, this.#context())) return;
    onEvent({ kind: "section", title });
    for (const resource of resources) {
      // What is wrong is said all at once, before anything is touched.
      if (resource.kind !== "check") this.#failOnChecks();
      await this.#resource(resource);
    }
    this.#failOnChecks();
  }

  /** Runs what has been notified, each once. */
  async handlers(): Promise<void> {
    const { recipe, onEvent, isCheck } = this.#options;
    for (const name of HANDLER_NAMES) {
      if (!this.#notified.has(name)) continue;
      this.recap.handlers.push(name);
      onEvent({ kind: "handler", name });
      if (isCheck) continue;
      this.#hasActivated = true;
      for (const resource of recipe.handlers[name]) {
        this.#current = resource.name;
        const context = this.#context();
        if (!concerns(resource.when, context)) continue;
        const change = await this.#plan(resource, context);
        await change?.apply();
      }
    }
  }

  /** Verifies, and keeps the journal of what was changed. */
  async finish(): Promise<void> {
    const { isCheck, isRemoval, verify, workplace } = this.#options;
    if (isCheck || isRemoval === true) return;
    this.#current = "Verify";
    if (this.recap.changed > 0) await verify?.(this.#context());
    if (this.#steps.length > 0 || this.#unfinished !== undefined) {
      this.#keepNotes();
      await saveJournal(workplace.host, this.#journal());
    } else if (this.recap.changed > 0) {
      // Nothing to take back, but handlers were noted, and have run.
      await dropUnfinished(workplace.host);
    }
  }

  /** Notes are made before what they are about. */
  #keepNotes(): void {
    this.#steps.push(...this.#noteSteps.splice(0));
  }

  #journal(): Journal {
    const { startedAt, steps, activeUnits: units } = this.#unfinished ?? {};
    return {
      startedAt: startedAt ?? this.#startedAt,
      activeUnits: units ?? this.#activeBefore ?? [],
      steps: [...(steps ?? []), ...this.#steps],
      handlers: [...this.#notified],
      hasActivated: this.#hasActivated,
    };
  }

  async fail(cause: Error): Promise<void> {
    const { onEvent, workplace, keepsFailure, isRemoval } = this.#options;
    this.recap.failed++;
    onEvent({ kind: "failed", name: this.#current, message: this.#redacted(cause.message) });
    const hasChanged = this.#activeBefore !== undefined;
    if (isRemoval === true || !(hasChanged || this.#noteSteps.length > 0)) return;
    const { host } = workplace;
    if (keepsFailure) {
      if (!hasChanged) return;
      this.#keepNotes();
      // On a full disk, say: what was noted before the failure stays.
      await saveUnfinished(host, this.#journal()).catch(() => undefined);
      return;
    }
    this.#keepNotes();
    try {
      const problems = await undo(host, {
        steps: this.#steps,
        activeUnits: this.#activeBefore ?? [],
        handlers: [...this.#notified],
        hasActivated: this.#hasActivated,
      });
      if (this.#unfinished !== undefined) await saveUnfinished(host, this.#unfinished);
      else if (problems.length === 0) await dropUnfinished(host);
      onEvent({ kind: "rolled-back", steps: changesIn(this.#steps), problems });
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      onEvent({ kind: "rolled-back", steps: 0, problems: [error.message] });
    }
  }

  async #resource(declaration: Resource): Promise<void> {
    const { onEvent, isCheck } = this.#options;
    this.#current = declaration.name;
    const context = this.#context();
    if (!concerns(declaration.when, context)) {
      this.recap.skipped++;
      onEvent({ kind: "skipped", name: declaration.name });
      return;
    }
    if (declaration.kind === "check") return this.#check(declaration, context);
    if (declaration.kind === "probe") return this.#probe(declaration, context);
    if (declaration.kind === "vault") return this.#vault(declaration, context);
    if (declaration.kind === "note") return this.#note(declaration, context);
    // Handlers come first, and then `verify`.
    if (declaration.kind === "verify") return;
    const change = await this.#plan(declaration, context);
    if (change === undefined) {
      this.recap.ok++;
      onEvent({ kind: "ok", name: declaration.name });
      return;
    }
    const { name, notifies = [] } = declaration;
    const { summary } = change;
    const diff = change.diff === undefined ? undefined : this.#redacted(change.diff);
    if (!isCheck && this.#options.isRemoval === true) {
      onEvent({ kind: "changing", name, summary });
      await change.apply();
    } else if (!isCheck) {
      onEvent({ kind: "changing", name, summary });
      this.#keepNotes();
      this.#activeBefore ??= await activeUnits(this.#options.workplace.host, this.#units());
      // Noted first: were the run broken off now, the next one would see no change and restart nothing.
      if (notifies.some((handler) => !this.#notified.has(handler))) {
        for (const handler of notifies) this.#notified.add(handler);
        await saveUnfinished(this.#options.workplace.host, this.#journal());
      }
      await this.#apply(change);
      await saveUnfinished(this.#options.workplace.host, this.#journal());
    }
    for (const handler of notifies) this.#notified.add(handler);
    this.recap.changed++;
    onEvent({ kind: "changed", name, summary, ...(diff !== undefined && { diff }) });
  }

  async #apply(change: Change): Promise<void> {
    try {
      this.#steps.push(...(await change.apply()));
    } catch (error) {
      if (error instanceof HalfDoneError) this.#steps.push(...error.steps);
      throw error;
    }
  }

  #check(declaration: Extract<Resource, { kind: "check" }>, context: Context): void {
    if (isTrue(declaration.that, context)) {
      this.recap.ok++;
      return;
    }
    const { message, isWarning } = resolve(declaration, context);
    if (!isWarning) {
      this.#failures.push(message);
      return;
    }
    this.recap.warnings++;
    this.#options.onEvent({ kind: "warning", message });
  }

  #redacted(text: string): string {
    return this.#secrets.reduce(
      (shown, secret) => (secret === "" ? shown : shown.replaceAll(secret, "***")),
      text,
    );
  }

  #failOnChecks(): void {
    if (this.#failures.length > 0) throw new HostError(this.#failures.join("\n"));
  }

  async #probe(declaration: Extract<Resource, { kind: "probe" }>, context: Context): Promise<void> {
    const { argv, register } = resolve(declaration, context);
    const { code, stdout } = await this.#options.workplace.host.run(argv);
    this.#registered[register] = { rc: code, stdout: stdout.trim() };
    this.recap.ok++;
  }

  async #note(declaration: Extract<Resource, { kind: "note" }>, context: Context): Promise<void> {
    const { argv, keeps, undo: back } = resolve(declaration, context);
    const { host } = this.#options.workplace;
    if (!this.#options.isCheck) {
      if (keeps !== undefined)
        this.#noteSteps.push({ ...(await undoOf(host, keeps, await statFile(host, keeps))), isNote: true });
      if (back !== undefined) this.#noteSteps.push({ kind: "command", argv: back, isNote: true });
      const { code, stderr } = await host.run(argv);
      if (code !== 0) throw new HostError(`${keeps ?? "it"} cannot be written: ${stderr.trim()}`);
    }
    this.recap.ok++;
  }

  async #vault({ register }: Extract<Resource, { kind: "vault" }>, context: Context): Promise<void> {
    const { rtpengine_vault_addr, rtpengine_vault_token, rtpengine_vault_options } = context;
    const places = rtpengine_vault_options as Readonly<Record<string, string>>;
    const reading = await readVault(String(rtpengine_vault_addr), String(rtpengine_vault_token), places);
    this.#registered[register] = reading;
    this.#secrets.push(...secretsOf(reading));
    this.recap.ok++;
  }

  #plan(declaration: Resource, context: Context): ReturnType<typeof planResource> {
    const resource = resolve(declaration, context) as ChangingResource;
    return planResource(resource, { ...this.#options.workplace, context });
  }

  #units(): string[] {
    const units = [this.#context().__rtpengine_unit, this.#context().__rtpengine_recording_unit];
    return units.filter((unit): unit is string => typeof unit === "string");
  }

  #context(): Context {
    const { variables, isCheck } = this.#options;
    return withDerived(
      { ...variables, ...this.#registered, ansible_check_mode: isCheck, __rtpengine_is_applied: true },
      this.#options.recipe.derived,
    );
  }
}
