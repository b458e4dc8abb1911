// Collects the special and added tokens of a tokenizer from all files that name them, and assigns their IDs. If files
// differ, the same file takes precedence as in transformers 5.18.

import { InputError, type Place } from "../../errors.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { quoted } from "../../visible.ts";
import { type AddedToken, addedToken } from "./added-tokens.ts";
import { countField, isId, LONGEST_TOKEN, MOST_TOKENS } from "./fields.ts";
import { type Recipe, ROLES, type Role } from "./recipes.ts";

/** The sources of token names, with the files to name in errors. */
export interface TokenSources {
  /** tokenizer_config.json; {} if there is none. */
  readonly config: JsonObject;
  readonly configFile: string;
  /** special_tokens_map.json. */
  readonly map: JsonObject | undefined;
  /** added_tokens.json: IDs by token. */
  readonly added: JsonObject | undefined;
  readonly addedFile: string;
  /** The added tokens of tokenizer.json, with their IDs. */
  readonly json: readonly (readonly [number, AddedToken])[];
  readonly jsonFile: string;
}

export interface SpecialTokens {
  readonly roles: ReadonlyMap<Role, AddedToken>;
  /** In the order in which IDs are assigned. `id` and `place` come from the entry that specifies the ID. */
  readonly tokens: readonly NamedToken[];
}

interface NamedToken {
  readonly token: AddedToken;
  readonly id?: number | undefined;
  readonly place?: Place | undefined;
  /** Whether the token is a default of its class that no file names. */
  readonly assumed?: boolean;
}

/** A token in a file: either only its text, or its text with options for matching. */
type Token = string | AddedToken;

/** Maximum number of extra tokens that a file may ask for by their number; T5 has 100. */
const MOST_EXTRA = 10_000;

const textOf = (token: Token) => (typeof token === "string" ? token : token.content);
const whole = (token: Token) => (typeof token === "string" ? addedToken(token, { special: true }, {}) : token);

export function specialTokens(sources: TokenSources, recipe: Recipe | undefined): SpecialTokens {
  const { config, map } = sources;
  const given: JsonObject = { ...config };
  const filled = isFilled(config.extra_special_tokens) ? config.extra_special_tokens : config.additional_special_tokens;
  if (filled !== undefined) given.extra_special_tokens = filled;
  const decoder = isJsonObject(config.added_tokens_decoder) ? config.added_tokens_decoder : undefined;
  if (!decoder && map) {
    const { extra_special_tokens: more, ...others } = map;
    Object.assign(given, others);
    if (Array.isArray(more)) given.extra_special_tokens = [...listOf(given.extra_special_tokens), ...more];
  }

  const numbered = decoder
    ? Object.entries(decoder).map(([id, token]) => fromDecoder(id, token, sources.configFile))
    : [...fromFile(sources, given), ...fromJson(sources)];
  const byId = new Map(numbered.map((entry) => [entry.id, entry]));
  const byText = new Map(numbered.map(({ token }) => [token.content, token]));

  const roles = new Map<Role, Token>();
  for (const role of ROLES) {
    const usual = recipe?.roles[role];
    const token = role in given ? flagged(tokenOf(given[role], { file: sources.configFile, at: role }), usual) : usual;
    if (token !== undefined) roles.set(role, (role in given && byText.get(textOf(token))) || token);
  }
  const count = (key: string, otherwise: number) =>
    countField(config, key, otherwise, MOST_EXTRA, { file: sources.configFile });
  const extra = given.extra_special_tokens ?? given.additional_special_tokens ?? recipe?.extra?.({ count }) ?? [];
  const others = Object.entries({ ...given, ...(isJsonObject(extra) ? extra : {}) })
    .filter(([key, value]) => !(ROLES as readonly string[]).includes(key) && isToken(key, value, extra))
    .map(([key, value]) => extraToken(value, { file: sources.configFile, at: key }));
  const names = new Set([...roles.values(), ...others].map(textOf));
  const list = { file: sources.configFile, at: "additional_special_tokens" };
  const listed = listOf(extra).map((item) => extraToken(item, list));
  const plain = new Set(recipe?.plain ? [...names, ...listed.map(textOf)] : []);

  // A class without a recipe uses the tokens of tokenizer.json as they are; a class with a recipe starts without any
  // tokens.
  const own: NamedToken[] = recipe ? [] : fromJson(sources);
  const has = new Set(own.map(({ token }) => JSON.stringify(token)));
  const tokens: NamedToken[] = [...byId.values()]
    .toSorted((a, b) => a.id - b.id)
    .filter(({ token }) => !has.has(JSON.stringify(token)));
  const known = new Set([...own, ...tokens].map(({ token }) => token.content));
  for (const [role, token] of roles)
    if (!known.has(textOf(token))) tokens.push({ token: whole(token), assumed: !(role in given) });
  const isOwnList = given.extra_special_tokens !== undefined || given.additional_special_tokens !== undefined;
  for (const token of [...others, ...listed])
    if (!known.has(textOf(token))) tokens.push({ token: whole(token), assumed: !isOwnList });
  return {
    roles: new Map([...roles].map(([role, token]) => [role, whole(token)])),
    tokens: [
      ...own,
      ...tokens.map(({ token, ...entry }) => {
        if (plain.has(token.content)) return { ...entry, token: whole(token.content) };
        return { ...entry, token: names.has(token.content) ? { ...token, special: true } : token };
      }),
    ],
  };
}

/** The token with the flags of the class's token for this role, unless it has its own. */
function flagged(token: Token | undefined, usual: Token | undefined): Token | undefined {
  return typeof token === "string" && typeof usual === "object" ? { ...usual, content: token } : token;
}

/** A token from a list or an object of extra tokens, in which null is not allowed. */
function extraToken(value: unknown, place: Place): Token {
  const token = tokenOf(value, place);
  if (token !== undefined) return token;
  throw new InputError("an extra token is null", place, "remove it");
}

/**
 * Assigns IDs: a token in the vocabulary keeps its ID, and any other token gets the next free ID after the vocabulary.
 * Throws an InputError if a file specifies a different ID for a token, or if a token of tokenizer.json is missing from
 * the other files.
 */
export function numberTokens(
  { tokens }: SpecialTokens,
  vocabulary: ReadonlyMap<string, number>,
  { json, jsonFile }: TokenSources,
): { added: Map<number, AddedToken>; assumed: Set<number> } {
  const added = new Map<number, AddedToken>();
  const ids = new Map<string, number>();
  const assumed = new Set<number>();
  let next = vocabulary.size;
  for (const { token, id: wanted, place, assumed: isAssumed } of tokens) {
    if (!token.content) continue;
    const there = ids.get(token.content) ?? vocabulary.get(token.content);
    const id = there ?? next++;
    if (wanted !== undefined && wanted !== id)
      throw new InputError(
        `${quoted(token.content)} has the id ${wanted} here, but ${there === undefined ? `the next free id is ${id}` : `the id ${id} elsewhere`}`,
        place!,
        "use tokenizer files that belong together; the ids of added tokens must follow the vocabulary without a gap",
      );
    if (there === undefined && isAssumed) assumed.add(id);
    added.set(id, token);
    ids.set(token.content, id);
  }
  const dropped = json.find(([, { content }]) => !ids.has(content));
  if (dropped)
    throw new InputError(
      `the added token ${quoted(dropped[1].content)} is missing from added_tokens_decoder in tokenizer_config.json`,
      { file: jsonFile, at: "added_tokens" },
      "add it there, or use tokenizer files from the same source",
    );
  return { added, assumed };
}

function fromDecoder(id: string, entry: unknown, file: string): NamedToken & { id: number } {
  const place = { file, at: `added_tokens_decoder ${id}` };
  if (!/^\d{1,20}$/.test(id) || !isJsonObject(entry) || typeof entry.content !== "string")
    throw new InputError(`${quoted(entry)} is not a token`, place, 'write "ID": {"content": "TOKEN", …}');
  return { token: addedToken(checked(entry.content, place), entry, place), id: limited(Number(id), place), place };
}

/**
 * added_tokens.json does not say which tokens are special. A token is special if another file gives it a role or lists
 * it as an extra token.
 */
function fromFile({ added, addedFile, configFile }: TokenSources, given: JsonObject): (NamedToken & { id: number })[] {
  const named = [...ROLES.map((role) => given[role]), ...listOf(given.extra_special_tokens)];
  const specials = new Set(
    named.map((token) => tokenOf(token, { file: configFile })).map((token) => token && textOf(token)),
  );
  return Object.entries(added ?? {}).map(([content, id]) => {
    const place = { file: addedFile, at: content };
    if (typeof id !== "number" || !Number.isSafeInteger(id) || id < 0)
      throw new InputError(`the id is ${quoted(id)}, not a whole number`, place, 'write "TOKEN": ID');
    const token = addedToken(checked(content, place), { special: specials.has(content) }, place);
    return { token, id: limited(id, place), place };
  });
}

function fromJson({ json, jsonFile }: TokenSources): (NamedToken & { id: number })[] {
  return json.map(([id, token]) => ({ token, id, place: { file: jsonFile, at: "added_tokens" } }));
}

function limited(id: number, place: Place): number {
  if (isId(id)) return id;
  throw new InputError(
    `the id ${id} is over the limit of ${MOST_TOKENS - 1}`,
    place,
    "use the tokenizer files that belong to the model",
  );
}

function checked(content: string, place: Place): string {
  if (content.length <= LONGEST_TOKEN) return content;
  throw new InputError(
    `the token ${quoted(content)} has ${content.length} characters, over the limit of ${LONGEST_TOKEN}`,
    place,
    "use the tokenizer files that belong to the model",
  );
}

/** Returns undefined for null, which removes the token of a role. */
function tokenOf(value: unknown, place: Place): Token | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "string") return checked(value, place);
  if (isJsonObject(value) && typeof value.content === "string")
    return addedToken(checked(value.content, place), { ...value, special: value.special ?? true }, place);
  throw new InputError(`${quoted(value)} is not a token`, place, "write the token's text");
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : isJsonObject(value) && Object.keys(value).length > 0;
}

/**
 * Whether a key defines a custom token: a key that ends in _token does, and so does each key of an object of extra
 * tokens.
 */
function isToken(key: string, value: unknown, extra: unknown): boolean {
  if (isJsonObject(extra) && Object.hasOwn(extra, key)) return true;
  return key.endsWith("_token") && typeof value === "string";
}
