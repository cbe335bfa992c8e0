/** What came of looking at one thing. */
export interface Diagnosis {
  readonly title: string;
  readonly outcome: "ok" | "warn" | "fail" | "skip";
  /** What was seen. */
  readonly evidence: string;
  /** The command that mends it or shows more. */
  readonly fix?: string;
}

export const ok = (title: string, evidence: string): Diagnosis => ({ title, outcome: "ok", evidence });
export const skip = (title: string, evidence: string): Diagnosis => ({ title, outcome: "skip", evidence });
export const warn = (title: string, evidence: string, fix: string): Diagnosis => ({
  title,
  outcome: "warn",
  evidence,
  fix,
});
export const fail = (title: string, evidence: string, fix: string): Diagnosis => ({
  title,
  outcome: "fail",
  evidence,
  fix,
});
