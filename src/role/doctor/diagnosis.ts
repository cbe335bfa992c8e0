import type { Diagnosis } from "../verify/finding.ts";

export type { Diagnosis };

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
