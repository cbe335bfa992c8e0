const EVERY_MS = 15_000;

/** A line for whoever watches. */
export function say(text: string): void {
  process.stderr.write(`role rig: ${text}\n`);
}

let step = "";

/** Names the part of a long work that is being done now. */
export function nowDoing(text: string): void {
  step = text;
}

/** Does something that takes long, and says so while it lasts. */
export async function withProgress<T>(title: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const seconds = (): string => `${Math.round((performance.now() - started) / 1000)} s`;
  step = "";
  say(`${title} ...`);
  const timer = setInterval(() => say(`${title}: ${seconds()}${step && `, ${step}`}`), EVERY_MS);
  try {
    const result = await work();
    say(`${title}: done in ${seconds()}`);
    return result;
  } catch (error) {
    say(`${title}: failed after ${seconds()}`);
    throw error;
  } finally {
    clearInterval(timer);
  }
}
