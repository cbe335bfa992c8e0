export { ngEndpoint, transcodingBinary, verifyApplied } from "./after-apply.ts";
export { judgeCodecs } from "./codecs.ts";
export { type Finding, failures, finding, findingSummary, findingTable, type Outcome } from "./finding.ts";
export { ngFromOutside } from "./outside.ts";
export { judgeProxy, verifyBare, verifyThere } from "./remote.ts";
export { readTarget, type Target } from "./target.ts";
export { type VerifyOptions, verifyHere } from "./verify.ts";
