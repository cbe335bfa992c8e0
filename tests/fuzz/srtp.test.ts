import { fuzz } from "./driver.ts";
import { fuzzSrtp } from "./targets/srtp.ts";

fuzz("srtp", fuzzSrtp);
