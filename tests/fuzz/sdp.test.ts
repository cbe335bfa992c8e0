import { fuzz } from "./driver.ts";
import { fuzzSdp } from "./targets/sdp.ts";

fuzz("sdp", fuzzSdp);
