import { runOrFail } from "../host/host.ts";
import type { GroupResource, UserResource } from "../resource.ts";
import type { Kind } from "./kind.ts";

const NO_HOME = "/nonexistent";
const NO_SHELL = "/usr/sbin/nologin";

/**
 * Says one file that belongs to user `$1` or group `$2`, wherever it is; nothing, where there is none. A search that
 * takes too long has found too many to be sure.
 */
export const USED_BY_FILES: string = [
  'of=; for pair in "user $1" "group $2"; do',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a word of the shell
  '  kind=${pair%% *} name=${pair#* }; test -n "$name" || continue',
  '  test "$kind" = user && database=passwd || database=group',
  '  getent "$database" "$name" >/dev/null || continue',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a word of the shell
  '  of="$of${of:+ -o }-$kind $name"',
  "done",
  'test -n "$of" || exit 0',
  "skip=; for type in proc sysfs cgroup cgroup2 devpts bpf tracefs debugfs securityfs; do",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a word of the shell
  '  skip="$skip${skip:+ -o }-fstype $type"; done',
  "timeout 300 find / \\( $skip \\) -prune -o \\( $of \\) -print -quit 2>/dev/null",
  'test "$?" != 124 || echo "something, perhaps (a search of 300 s did not come to its end), that"',
].join("\n");

/** A system group. */
export const group: Kind<GroupResource> = {
  async plan({ group: name }, { host }) {
    if ((await host.run(["getent", "group", name])).code === 0) return undefined;
    return {
      summary: `group ${name} made`,
      async apply() {
        await runOrFail(host, ["groupadd", "--system", name]);
        return [{ kind: "account", group: name }];
      },
    };
  },
  task({ group: name }) {
    return { "ansible.builtin.group": { name, system: true } };
  },
};

/** A system user without home and shell. One that is there keeps all it has. */
export const user: Kind<UserResource> = {
  async plan({ user: name, group: wanted }, { host }) {
    if ((await host.run(["id", "-u", name])).code === 0) return undefined;
    return {
      summary: `user ${name} made`,
      async apply() {
        const options = ["--system", "--gid", wanted, "--home-dir", NO_HOME, "--no-create-home"];
        await runOrFail(host, ["useradd", ...options, "--shell", NO_SHELL, name]);
        return [{ kind: "account", user: name }];
      },
    };
  },
  task({ user: name, group: wanted }) {
    return {
      "ansible.builtin.user": {
        name,
        group: wanted,
        system: true,
        create_home: false,
        home: NO_HOME,
        shell: NO_SHELL,
      },
    };
  },
};
