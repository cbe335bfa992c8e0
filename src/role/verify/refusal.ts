/** Where the role notes what modprobe said when the kernel refused the module; gone after a boot, which is what mends most of it. */
export const REFUSAL = "/run/rtpengine-role-module";

/** The reason in a line of modprobe's: without who says it. */
export function reasonOfRefusal(said: string): string {
  const last = said.trim().split("\n").at(-1) ?? "";
  return last.replace(/^modprobe: */, "").replace(/^[A-Z]+: */, "");
}
