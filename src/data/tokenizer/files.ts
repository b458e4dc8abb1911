// Reads all tokenizer files in a model's folder, and combines them into a single tokenizer.json with its added tokens.
// If files differ, the same file takes precedence as in AutoTokenizer.from_pretrained of transformers 5.18.

import { readdir } from "node:fs/promises";
import path from "node:path";
import { InputError } from "../../errors.ts";
import { readFileLimited } from "../../files.ts";
import { isJsonObject, type JsonObject, parseJsonObject } from "../../json.ts";
import { pathInside } from "../../own-files.ts";
import { quoted, visible } from "../../visible.ts";
import { decodeText } from "../text.ts";
import type { AddedToken } from "./added-tokens.ts";
import { members } from "./characters.ts";
import { type ChatTemplateText, templateIn } from "./chat-template.ts";
import { charsmapIn, classNamed, DEFAULT_CLASSES, FIXED_CLASSES, flagOf, type TokenizerClass } from "./classes.ts";
import { cleansSpaces } from "./decoders.ts";
import { countField, MOST_TOKENS, textField } from "./fields.ts";
import { modelNameOf, vocabularyOf } from "./models.ts";
import { notesOn } from "./notes.ts";
import { addedOf } from "./pipeline.ts";
import type { Given } from "./recipes.ts";
import { numberTokens, specialTokens, type TokenSources } from "./special-tokens.ts";

export interface TokenizerFiles {
  /** Normalizer, pre-tokenizer, model and post-processor, as in tokenizer.json. */
  readonly json: JsonObject;
  /** The post-processor of texts to generate, if it is not that of other texts. */
  readonly targets: JsonObject | undefined;
  readonly added: ReadonlyMap<number, AddedToken>;
  /** IDs, beyond the vocabulary, of tokens that appear in no file, because the class itself adds them. */
  readonly assumed: ReadonlySet<number>;
  /** The text of the padding token. */
  readonly pad: string | undefined;
  /** The texts of the mask token and of the unknown token, as far as the files or the class name them. */
  readonly mask: string | undefined;
  readonly unknown: string | undefined;
  /** The texts of all tokens with a role, by role ("bos_token" …). */
  readonly roles: Readonly<Record<string, string>>;
  readonly chatTemplate: ChatTemplateText | undefined;
  /** Whether the second text of a pair is segment 1. */
  readonly segments: boolean;
  /** The side on which a text is cut if it is too long. */
  readonly truncation: "left" | "right";
  /** Whether special tokens that occur in a text are split like other words. */
  readonly splitsSpecial: boolean;
  /** Whether spaces before punctuation and English contractions are removed from decoded text. */
  readonly cleansSpaces: boolean;
  /** A sentence for each conflict between files; it says which file takes precedence. */
  readonly notes: readonly string[];
  /** The file to name in errors. */
  readonly file: string;
}

const REMEDY = "use the tokenizer that belongs to the model";

/** Its chat template takes precedence over that of tokenizer_config.json. */
const JINJA_FILE = "chat_template.jinja";

/** Maximum size of a file in bytes. The largest vocabularies have a tokenizer.json of about 35 MB. */
const LARGEST_FILE = 100_000_000;

/** Vocabulary files in unsupported formats, each with its error and remedy. */
export const OTHER_VOCABULARIES: readonly { readonly name: RegExp; readonly what: string; readonly remedy: string }[] =
  [
    {
      name: /\.model$/,
      what: "a sentencepiece vocabulary is not supported without a tokenizer.json",
      remedy:
        'write a tokenizer.json in Python with AutoTokenizer.from_pretrained("FOLDER").save_pretrained("FOLDER") (pip install transformers sentencepiece protobuf)',
    },
    {
      name: /^bpe\.codes$/,
      what: "a fastBPE vocabulary is not supported",
      remedy: "use a model that comes with a tokenizer.json (transformers cannot create one for fastBPE)",
    },
  ];
/**
 * The remedy if no file names the class of a sentencepiece vocabulary; the wrong class cannot read the vocabulary, or
 * misreads it.
 */
const UNNAMED =
  'name the tokenizer class in tokenizer_config.json, for example {"tokenizer_class": "XLMRobertaTokenizer"}';

/**
 * Reads the tokenizer files in a model's folder. Throws an InputError if the folder has no tokenizer, an unsupported
 * class or format, a malformed file, or files that contradict each other.
 */
export async function readTokenizerFiles(folder: string): Promise<TokenizerFiles> {
  const at = (name: string) => path.join(folder, name);
  const names = await namesIn(folder);
  const readJson = async (name: string) =>
    names.has(name) ? readJsonFile(await pathInside(folder, name, REMEDY)) : undefined;
  const config = (await readJson("tokenizer_config.json")) ?? {};
  const model = (await readJson("config.json")) ?? {};
  const whole = await readJson("tokenizer.json");
  const jsonFile = at("tokenizer.json");
  const configFile = at("tokenizer_config.json");
  refuseVersions(config, configFile);
  const { kind, name, note } = classOf({ config, configFile, model, modelFile: at("config.json"), whole, names });
  if (!whole) refuseOthers(folder, names, kind);

  const source = whole ? partIn(whole, kind, name, jsonFile) : await partFrom(folder, names, kind, name);
  const sources: TokenSources = {
    ...{ config, configFile },
    map: await readJson("special_tokens_map.json"),
    added: await readJson("added_tokens.json"),
    addedFile: at("added_tokens.json"),
    json: whole ? addedOf(whole, jsonFile) : [],
    jsonFile,
  };
  const tokens = specialTokens(sources, kind.recipe);
  const given: Given = {
    model: source.model,
    charsmap: charsmapIn(whole?.normalizer),
    postProcessor: whole && (whole.post_processor ?? null),
    flag: (key, otherwise) => flagOf(config, key, otherwise, configFile),
    choice: (key) => ((config[key] ?? null) === null ? null : flagOf(config, key, false, configFile)),
    count: (key, otherwise) => countField(config, key, otherwise, MOST_TOKENS - 1, { file: configFile }),
    text: (key) => textField(config, key, "", { file: configFile }) || undefined,
    token: (role) => tokens.roles.get(role)?.content ?? "",
  };
  const json = kind.recipe?.parts(given) ?? whole!;
  const inputs = config.model_input_names;
  return {
    json,
    targets: kind.recipe?.targets?.(given),
    ...numberTokens(tokens, vocabularyOf(json.model, { file: source.file }), sources),
    pad: tokens.roles.get("pad_token")?.content ?? paddingIn(whole),
    mask: tokens.roles.get("mask_token")?.content,
    unknown: tokens.roles.get("unk_token")?.content,
    roles: Object.fromEntries([...tokens.roles].map(([role, { content }]) => [role, content])),
    chatTemplate: names.has(JINJA_FILE)
      ? { text: await readText(await pathInside(folder, JINJA_FILE, REMEDY)), place: { file: at(JINJA_FILE) } }
      : templateIn(config, configFile),
    segments: Array.isArray(inputs) ? inputs.includes("token_type_ids") : kind.segments,
    truncation: truncationOf(config, whole, configFile),
    splitsSpecial: flagOf(config, "split_special_tokens", false, configFile),
    cleansSpaces: cleansSpaces(config, json.model, configFile),
    notes: [...note, ...notesOn(config, whole, json, name, jsonFile)],
    file: source.file,
  };
}

/** The file names in the folder; empty if it does not exist. */
async function namesIn(folder: string): Promise<Set<string>> {
  try {
    return new Set(await readdir(folder));
  } catch {
    return new Set();
  }
}

async function readJsonFile(file: string): Promise<JsonObject> {
  return parseJsonObject(await readText(file), file, REMEDY);
}

async function readText(file: string): Promise<string> {
  const bytes = await readFileLimited(file, LARGEST_FILE, REMEDY);
  if (bytes.length === 0) throw new InputError("the file is empty", { file }, REMEDY);
  return decodeText(bytes, file);
}

interface Named {
  readonly config: JsonObject;
  readonly configFile: string;
  readonly model: JsonObject;
  readonly modelFile: string;
  readonly whole: JsonObject | undefined;
  readonly names: ReadonlySet<string>;
}

/** A tokenizer class by one of its names, with a note if it is not the one that a file names. */
interface Chosen {
  readonly kind: TokenizerClass;
  readonly name: string;
  readonly note: readonly string[];
}

/**
 * The tokenizer class that a file names; otherwise the default class of the model type; otherwise the class that fits
 * the files. For a few model types, the default class takes precedence.
 */
function classOf({ config, configFile, model, modelFile, whole, names }: Named): Chosen {
  const type = typeof model.model_type === "string" ? model.model_type : "";
  const usual = Object.hasOwn(DEFAULT_CLASSES, type) ? DEFAULT_CLASSES[type] : undefined;
  for (const [json, file] of [
    [config, configFile],
    [model, modelFile],
  ] as const) {
    const name = json.tokenizer_class;
    const place = { file, at: "tokenizer_class" };
    if (name === undefined || name === null) continue;
    if (typeof name !== "string") throw new InputError(`${quoted(name)} is not the name of a class`, place, REMEDY);
    if (usual === undefined || !FIXED_CLASSES.includes(type)) return { kind: classNamed(name, place), name, note: [] };
    const kind = classNamed(usual, place);
    const isUsual = [name, name.replace(/Fast$/, "")].some((spelled) => kind.names.includes(spelled));
    const note = `${path.basename(file)} names the tokenizer class ${visible(name)}, but ${usual} is used for models of type ${type}, as in transformers 5.`;
    return { kind, name: usual, note: isUsual ? [] : [note] };
  }
  const fitting = whole ? "PreTrainedTokenizerFast" : names.has("merges.txt") ? "RobertaTokenizer" : "BertTokenizer";
  const name = usual ?? fitting;
  return { kind: classNamed(name, { file: modelFile }), name, note: [] };
}

/** Throws an InputError if newer versions of transformers read a different file instead of tokenizer.json. */
function refuseVersions(config: JsonObject, file: string): void {
  const files = Array.isArray(config.fast_tokenizer_files) ? config.fast_tokenizer_files : [];
  const other = files.find((name) => typeof name === "string" && /^tokenizer\..{1,200}\.json$/.test(name));
  if (other)
    throw new InputError(
      `newer versions of transformers read ${other} instead of tokenizer.json`,
      { file, at: "fast_tokenizer_files" },
      `rename ${other} to tokenizer.json and remove this key`,
    );
}

function refuseOthers(folder: string, names: ReadonlySet<string>, { files }: TokenizerClass): void {
  for (const { name, what, remedy } of OTHER_VOCABULARIES) {
    const found = [...names].sort().find((file) => name.test(file));
    const next = found?.endsWith(".model") && files.length ? UNNAMED : remedy;
    if (found) throw new InputError(what, { file: path.join(folder, found) }, next);
  }
}

/** The model in tokenizer.json, which must be of the kind that the class expects. */
function partIn(
  whole: JsonObject,
  { recipe }: TokenizerClass,
  name: string,
  file: string,
): { model: JsonObject; file: string } {
  const model = isJsonObject(whole.model) ? whole.model : undefined;
  if (!model) throw new InputError("it is missing", { file, at: "model" }, REMEDY);
  const found = modelNameOf(model, { file, at: "model" });
  if (recipe && recipe.model !== found)
    throw new InputError(
      `the model is ${found}, but ${name} is a ${recipe.model} tokenizer`,
      { file, at: "model" },
      'to use tokenizer.json as it is, set "tokenizer_class": "PreTrainedTokenizerFast" in tokenizer_config.json',
    );
  return { model, file };
}

/** Builds the model from the files that the class uses if there is no tokenizer.json. */
async function partFrom(
  folder: string,
  names: ReadonlySet<string>,
  { files }: TokenizerClass,
  name: string,
): Promise<{ model: JsonObject; file: string }> {
  const missing = files.filter((file) => !names.has(file));
  if (!files.length || missing.length === files.length)
    throw new InputError(
      files.length
        ? `there is neither tokenizer.json nor ${files.join(" with ")}`
        : `there is no tokenizer.json, which ${name} needs`,
      { file: folder },
      "put the model's tokenizer.json in this folder",
    );
  if (missing.length)
    throw new InputError(
      `${missing.join(", ")} is missing`,
      { file: folder },
      "put it in the folder with the other tokenizer files",
    );
  const [file, mergesFile] = await Promise.all(files.map((part) => pathInside(folder, part, REMEDY)));
  if (!mergesFile) return { model: { vocab: vocabularyLines(await readText(file!), file!) }, file: file! };
  const vocab = parseJsonObject(await readText(file!), file!, REMEDY);
  return { model: { vocab, merges: mergeLines(await readText(mergesFile), vocab, mergesFile) }, file: file! };
}

const A_BLANK = new RegExp(`^[${members("space")}]$`, "u");

function withoutBlanksAtEnd(line: string): string {
  let end = line.length;
  while (end > 0 && A_BLANK.test(line[end - 1]!)) end--;
  return line.slice(0, end);
}

/** The lines of a file. Throws an InputError if there are more than `MOST_TOKENS` lines. */
function linesOf(text: string, end: string | RegExp, file: string): string[] {
  const lines = text.split(end);
  if (lines.at(-1) === "") lines.pop();
  if (lines.length <= MOST_TOKENS) return lines;
  throw new InputError(`the file has ${lines.length} lines, over the limit of ${MOST_TOKENS}`, { file }, REMEDY);
}

/** Reads one token per line; the index of a line is the token's ID. If a token occurs twice, its last line counts. */
function vocabularyLines(text: string, file: string): JsonObject {
  return Object.fromEntries(linesOf(text, "\n", file).map((line, id) => [withoutBlanksAtEnd(line), id]));
}

/**
 * Reads two tokens per line, after an optional first line with the version. Throws an InputError that names the line if
 * a line does not have two tokens.
 */
function mergeLines(text: string, vocab: JsonObject, file: string): [string, string][] {
  return linesOf(text, /\r?\n/, file).flatMap((line, i): [string, string][] => {
    if (line.startsWith("#version")) return [];
    const [left, right, ...more] = line.split(" ");
    const place = { file, at: `line ${i + 1}` };
    if (!left || !right || more.length)
      throw new InputError(`${quoted(line)} is not two tokens separated by a space`, place, REMEDY);
    const unknown = [left, right, left + right].find((token) => !Object.hasOwn(vocab, token));
    if (unknown) throw new InputError(`${quoted(unknown)} is not in vocab.json`, place, REMEDY);
    return [[left, right]];
  });
}

function paddingIn(whole: JsonObject | undefined): string | undefined {
  const { pad_token } = isJsonObject(whole?.padding) ? whole.padding : {};
  return typeof pad_token === "string" ? pad_token : undefined;
}

function truncationOf(config: JsonObject, whole: JsonObject | undefined, file: string): "left" | "right" {
  const { direction } = isJsonObject(whole?.truncation) ? whole.truncation : {};
  const side =
    config.truncation_side ?? (typeof direction === "string" ? direction.toLowerCase() : (direction ?? "right"));
  if (side === "left" || side === "right") return side;
  throw new InputError(
    `${quoted(side)} is neither "left" nor "right"`,
    { file, at: "truncation_side" },
    'write "left" or "right"',
  );
}
