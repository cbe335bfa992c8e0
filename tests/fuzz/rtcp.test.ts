import { fuzz } from "./driver.ts";
import { fuzzRtcp } from "./targets/rtcp.ts";

fuzz("rtcp", fuzzRtcp);
