import { fuzz } from "./driver.ts";
import { fuzzNgStream } from "./targets/ng-stream.ts";

fuzz("ng-stream", fuzzNgStream);
