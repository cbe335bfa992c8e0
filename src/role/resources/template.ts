import { render } from "../expression.ts";
import { writeFile } from "../host/files.ts";
import { HostError } from "../host/host.ts";
import type { TemplateResource } from "../resource.ts";
import type { Kind } from "./kind.ts";
import { ownershipDifference, readFileState, textDiff, undoOf } from "./path-change.ts";

/** A file whose text comes from a template. */
export const template: Kind<TemplateResource> = {
  async plan({ path, template: name, owner, group, mode }, { host, context, templateText }) {
    const wanted = render(templateText(name), context);
    const { state, text } = await readFileState(host, path);
    if (state !== undefined && state.kind !== "file") {
      throw new HostError(`${path} has to be a file, but a ${state.kind} is there: move it away`);
    }
    const difference = state === undefined ? "" : ownershipDifference(state, { owner, group, mode });
    if (state !== undefined && text === wanted && difference === "") return undefined;
    const what = text === wanted ? difference : "written";
    return {
      summary: `${path}${state !== undefined && text === wanted ? `: ${what}` : ` ${what}`}`,
      ...(text !== wanted && { diff: textDiff(path, text, wanted) }),
      async apply() {
        const undo = await undoOf(host, path, state);
        await writeFile(host, path, wanted, { owner, group, mode });
        return [undo];
      },
    };
  },
  task({ path, template: name, owner, group, mode }) {
    return { "ansible.builtin.template": { src: name, dest: path, owner, group, mode } };
  },
};
