// Commands for the mask that a page shows: to train it again, from the options in its metadata, and to unpack it.

import { adaptationName, fileNameOf } from "../../src/file-name.ts";
import type { MaskMetadata } from "../../src/mask/metadata.ts";
import type { MaskPlaces } from "../../src/messages.ts";
import { visible } from "../../src/visible.ts";

/**
 * The command that repeats the run that trained the mask in `file`, with a new output folder, or that combines or imports it again
 * from the files that it names, which may lie anywhere. The paths of the base
 * model and the task are those found on this machine, or else those recorded in the file.
 */
export function commandOf(file: string, { base, run, combined, imported }: MaskMetadata, places?: MaskPlaces): string {
  if (combined) {
    const from = combined.masks.map(({ name }) => quoted(`${name}.mask.safetensors`));
    return `npx masklens combine ${combined.operation} ${[...from, maskAgain(file)].join(" \\\n  ")}`;
  }
  if (imported) {
    const model = places?.model ?? base.path;
    const task = run.task === undefined ? undefined : (places?.task ?? run.task);
    const words = [
      quoted(imported.file),
      `--model ${quoted(model ?? base.id)}`,
      ...(task === undefined ? [] : [`--task ${quoted(task)}`]),
      ...(imported.options.length ? [imported.options.map(quoted).join(" ")] : []),
    ];
    return `npx masklens import ${[...words, maskAgain(file)].join(" \\\n  ")}`;
  }
  const here: Readonly<Record<string, unknown>> = {
    ...run,
    ...(places?.model && { model: places.model }),
    ...(places?.task && { task: places.task }),
  };
  const flags = Object.entries(here).flatMap(([key, value]) => {
    if (key === "out" || value === null || value === false || !OPTION.test(key)) return [];
    const flag = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === true) return [flag];
    const text =
      typeof value === "object" && !Array.isArray(value)
        ? Object.entries(value as object)
            .map(([k, v]) => `${k}=${v}`)
            .join(",")
        : String(value);
    return [`${flag} ${quoted(text)}`];
  });
  // The options that are not given are the paper's, not those of the preset from which the command starts otherwise.
  const preset = (run.method ?? "mask") === "mask" ? ["--preset paper"] : [];
  const out = quoted(`masks/${fileNameOf(adaptationName(file))}-again`);
  return `npx masklens train ${[...preset, ...flags, `--out ${out}`].join(" \\\n  ")}`;
}

/** The command that writes a packed file as the plain file `plain`. */
export function unpackingCommand(file: string, plain: string): string {
  return `npx masklens pack --plain ${quoted(file)} --out ${quoted(plain)}`;
}

/** The flag that names the mask to write. */
const maskAgain = (file: string): string =>
  `--out ${quoted(`${fileNameOf(adaptationName(file))}-again.mask.safetensors`)}`;

/** The form of option names; anything else is not an option and could be unsafe in a shell. */
const OPTION = /^[a-z][a-zA-Z.]*$/;

/** Quotes text as one shell word, with hidden characters escaped; in single quotes if double quotes would allow expansion. */
function quoted(given: string): string {
  const text = visible(given);
  if (!/[^\p{L}\p{N}_./,=:-]/u.test(text)) return text;
  return /[$`!]/.test(text) ? `'${text.replaceAll("'", "'\\''")}'` : JSON.stringify(text);
}
