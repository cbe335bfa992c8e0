import { fuzz } from "./driver.ts";
import { fuzzRtp } from "./targets/rtp.ts";

fuzz("rtp", fuzzRtp);
