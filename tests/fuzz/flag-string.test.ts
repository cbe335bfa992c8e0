import { fuzz } from "./driver.ts";
import { fuzzFlagString } from "./targets/flag-string.ts";

fuzz("flag-string", fuzzFlagString);
