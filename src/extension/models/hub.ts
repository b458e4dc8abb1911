// Downloads a model from the Hub, verifies checksums, and resumes partial downloads. Independent of vscode; uses the network
// only when called. download.ts asks the user for consent first.

import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, rename, rm, rmdir, stat } from "node:fs/promises";
import path from "node:path";
import { InputError, messageOf } from "../../errors.ts";
import { digestOf, exists, explained } from "../../files.ts";
import { checkOwn, OWN } from "../../own-files.ts";
import { quoted } from "../../visible.ts";

export const HUB = "https://huggingface.co";

/** The Hub's checksum of a file: SHA-256 for large files, git's blob SHA-1 for the others. */
export type Checksum = { readonly kind: "sha256" | "git"; readonly hex: string };

export interface HubFile {
  readonly name: string;
  readonly bytes: number;
  /** null if the Hub provides none. */
  readonly checksum: Checksum | null;
}

/** A model on the Hub: the files to download, at one revision. */
export interface HubModel {
  readonly id: string;
  readonly endpoint: string;
  readonly revision: string;
  readonly files: readonly HubFile[];
  readonly bytes: number;
}

export interface Fetching {
  /** Called with the number of bytes received since the last call. */
  onBytes?(count: number, file: string): void;
  readonly signal?: AbortSignal;
}

const ID = /^\w[\w.-]*(\/\w[\w.-]*)?$/;
const BESIDE_WEIGHTS =
  /^(config\.json|tokenizer\.json|tokenizer_config\.json|special_tokens_map\.json|vocab\.(txt|json)|merges\.txt|LICENSE[\w.-]*|README\.md)$/;
const SINGLE = "model.safetensors";
const SHARDS = /^model(-\d+-of-\d+\.safetensors|\.safetensors\.index\.json)$/;
/** Written last, so that a folder with this file contains a complete model. */
const LAST = "config.json";

/**
 * Asks the Hub which files a model has. Throws an InputError if the name is invalid, if the model does not exist,
 * requires an account or has no safetensors, or if the Hub is unreachable.
 */
export async function describeModel(id: string, endpoint = HUB, { signal }: Fetching = {}): Promise<HubModel> {
  if (!ID.test(id)) throw new InputError(`${quoted(id)} is not a model name`, {}, "use the form ORGANIZATION/NAME");
  const url = `${endpoint}/api/models/${id}?blobs=true`;
  const response = await request(url, id, { signal });
  const answer: unknown = await response.json().catch(() => undefined); // for example, a proxy's error page
  signal?.throwIfAborted();
  const { sha, siblings } = (answer ?? {}) as { sha?: unknown; siblings?: unknown };
  if (typeof sha !== "string" || !/^[\w.-]+$/.test(sha) || !Array.isArray(siblings))
    throw new InputError("the response is not a model description", { file: url }, "set HF_ENDPOINT to another Hub");
  const all = siblings.flatMap(fileOf);
  const single = all.some(({ name }) => name === SINGLE);
  const files = all.filter(({ name }) => BESIDE_WEIGHTS.test(name) || (single ? name === SINGLE : SHARDS.test(name)));
  if (!files.some(({ name }) => name.endsWith(".safetensors")))
    throw new InputError(`${id} has no safetensors weights`, {}, "choose a model with model.safetensors");
  if (!files.some(({ name }) => name === LAST))
    throw new InputError(`${id} has no ${LAST}`, {}, "choose a model in the Hub's layout");
  return { id, endpoint, revision: sha, files, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/**
 * Downloads the model's files into `folder`. Complete files are kept; partial downloads are resumed. A file gets its final
 * name only after its size and checksum are verified, and config.json comes last, so a folder that looks like a model is
 * complete. Throws an InputError if the data do not match what the Hub lists. If the signal fires, removes the files that this
 * call created and throws the signal's reason.
 */
export async function downloadModel(model: HubModel, folder: string, fetching: Fetching = {}): Promise<void> {
  const ordered = [...model.files].sort((a, b) => Number(a.name === LAST) - Number(b.name === LAST));
  const made: string[] = [];
  let outermost: string | undefined;
  try {
    outermost = await mkdir(folder, { recursive: true });
    for (const file of ordered) {
      const target = path.join(folder, file.name);
      if (await isWhole(target, file)) {
        fetching.onBytes?.(file.bytes, file.name);
        continue;
      }
      for (const name of [target, partOf(target)]) if (!(await exists(name))) made.push(name);
      await fetchFile(model, file, target, fetching);
    }
  } catch (error) {
    if (fetching.signal?.aborted) for (const file of made) await rm(file, { force: true });
    if (outermost) await removeEmpty(folder, outermost);
    throw explained(error, folder);
  }
}

/** The partial download of a file. */
const partOf = (file: string) => `${file}.part`;

/** Removes a folder and its parents, up to `outermost`, while they are empty. */
async function removeEmpty(folder: string, outermost: string): Promise<void> {
  try {
    for (let empty = folder; ; empty = path.dirname(empty)) {
      await rmdir(empty);
      if (empty === outermost) return;
    }
  } catch {} // not empty
}

function fileOf(sibling: unknown): HubFile[] {
  const { rfilename, size, blobId, lfs } = (sibling ?? {}) as Record<string, unknown>;
  if (typeof rfilename !== "string" || typeof size !== "number") return [];
  const sha256 = (lfs as { sha256?: unknown } | null | undefined)?.sha256;
  const checksum: Checksum | null =
    typeof sha256 === "string"
      ? { kind: "sha256", hex: sha256 }
      : typeof blobId === "string"
        ? { kind: "git", hex: blobId }
        : null;
  return [{ name: rfilename, bytes: size, checksum }];
}

async function fetchFile(
  { id, endpoint, revision }: HubModel,
  file: HubFile,
  target: string,
  { onBytes, signal }: Fetching,
): Promise<void> {
  const part = partOf(target);
  const url = `${endpoint}/${id}/resolve/${revision}/${file.name}`;
  let have = await sizeOf(part);
  if (have > file.bytes) have = 0;
  if (have < file.bytes) {
    const response = await request(url, id, { signal, ...(have && { headers: { Range: `bytes=${have}-` } }) });
    const goesOn = response.status === 206;
    if (!goesOn) have = 0;
    onBytes?.(have, file.name);
    const body = bodyOf(response, url, signal);
    await writeBody(body, part, { goesOn, most: file.bytes - have }, (count) => onBytes?.(count, file.name));
  }
  if (!(await isWhole(part, file))) {
    await rm(part, { force: true });
    throw new InputError(
      "the download does not match the size or checksum that the Hub lists",
      { file: url },
      "try again",
    );
  }
  await rename(part, target);
}

/** Writes a response's body, appending if the download is resumed; stops if the body is longer than expected. */
async function writeBody(
  body: AsyncIterable<Uint8Array>,
  file: string,
  { goesOn, most }: { readonly goesOn: boolean; readonly most: number },
  onBytes: (count: number) => void,
): Promise<void> {
  let written = 0;
  try {
    // In an untrusted folder, this name may be a link to a file elsewhere.
    await checkOwn(file, "delete it if you do not trust the creator of this folder");
    const { O_WRONLY, O_CREAT, O_APPEND, O_TRUNC } = constants;
    const handle = await open(file, O_WRONLY | O_CREAT | (goesOn ? O_APPEND : O_TRUNC) | OWN);
    try {
      for await (const chunk of body) {
        written += chunk.length;
        if (written > most) break; // the check of the complete file reports the error
        for (let done = 0; done < chunk.length; ) done += (await handle.write(chunk, done)).bytesWritten;
        onBytes(chunk.length);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw explained(error, file);
  }
}

/** A response's body in chunks; throws an InputError if the connection is lost. */
async function* bodyOf(
  { body }: Response,
  url: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* body ?? [];
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    const what = `the connection was lost (${messageOf(cause)})`;
    throw new InputError(what, { file: url }, "try again to resume the download", { cause });
  }
}

async function request(
  url: string,
  id: string,
  options: { readonly signal?: AbortSignal | undefined; readonly headers?: Record<string, string> },
): Promise<Response> {
  const { signal, headers } = options;
  let response: Response;
  try {
    response = await fetch(url, { ...(headers && { headers }), ...(signal && { signal }) });
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    const reason = messageOf((cause as Error).cause ?? cause);
    throw new InputError(`the Hub cannot be reached (${reason})`, { file: url }, "check your connection", { cause });
  }
  if (response.ok) return response;
  if ([401, 403, 404].includes(response.status))
    throw new InputError(
      `the model ${id} does not exist or requires an account`,
      { file: url },
      "check the spelling, or download it with the Hub's own tools and add its folder",
    );
  throw new InputError(`the Hub responded with status ${response.status}`, { file: url }, "try again later");
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

/** Whether a file has the size and checksum that the Hub lists. */
async function isWhole(file: string, { bytes, checksum }: HubFile): Promise<boolean> {
  const status = await stat(file).catch(() => undefined);
  if (status?.size !== bytes) return false;
  if (!checksum) return true;
  const hash = checksum.kind === "git" ? createHash("sha1").update(`blob ${bytes}\0`) : createHash("sha256");
  return (await digestOf(file, hash)) === checksum.hex;
}
