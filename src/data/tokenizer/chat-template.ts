// Renders conversations as text with a tokenizer's chat template, as apply_chat_template of transformers does.

import type { Template } from "@huggingface/jinja";
import { InputError, messageOf, type Place } from "../../errors.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import type { Message } from "../fields.ts";

/** A conversation as text: the beginning of the answer, and the answer with what ends it. */
export interface RenderedChat {
  readonly source: string;
  readonly target: string;
}

export class ChatTemplate {
  readonly #text: string;
  readonly #place: Place;
  readonly #tokens: Readonly<Record<string, string>>;
  readonly #jinja: { readonly Template: typeof Template };
  #compiled: Template | undefined;

  /** `tokens`: the special tokens by role ("bos_token" …), which a template may use. */
  constructor(
    { text, place }: ChatTemplateText,
    tokens: Readonly<Record<string, string>>,
    jinja: { readonly Template: typeof Template },
  ) {
    this.#text = text;
    this.#place = place;
    this.#tokens = tokens;
    this.#jinja = jinja;
  }

  /**
   * The text of a conversation; with `answers`, followed by the beginning of the assistant's next message. Throws an
   * InputError if the template is malformed, or refuses the conversation.
   */
  render(messages: readonly Message[], answers: boolean): string {
    try {
      this.#compiled ??= new this.#jinja.Template(this.#text);
      const nothing = { tools: null, documents: null };
      return this.#compiled.render({ ...this.#tokens, ...nothing, messages, add_generation_prompt: answers });
    } catch (cause) {
      throw new InputError(
        `the chat template cannot render a conversation (${messageOf(cause)})`,
        this.#place,
        "check the roles and the order of the messages, or repair the template",
        { cause },
      );
    }
  }

  /**
   * A conversation and the assistant's answer as the text to generate from and the text to generate. Throws an
   * InputError if the template renders the conversation differently once the answer follows.
   */
  split(source: readonly Message[], target: string): RenderedChat {
    const before = this.render(source, true);
    const whole = this.render([...source, { role: "assistant", content: target }], false);
    if (whole.startsWith(before)) return { source: before, target: whole.slice(before.length) };
    throw new InputError(
      "the chat template renders a conversation differently once the answer follows, so the answer cannot be told apart",
      this.#place,
      "use a template that only appends messages",
    );
  }
}

/** A chat template as stored, and where. */
export interface ChatTemplateText {
  readonly text: string;
  readonly place: Place;
}

/**
 * The default template in tokenizer_config.json; undefined if it has none. Throws an InputError if the template is not
 * text, or if there are several and none is the default.
 */
export function templateIn(config: JsonObject, file: string): ChatTemplateText | undefined {
  const place = { file, at: "chat_template" };
  const { chat_template: value } = config;
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return { text: value, place };
  const named = Array.isArray(value) ? value.filter(isJsonObject) : [];
  const text = named.find(({ name }) => name === "default")?.template;
  if (typeof text === "string") return { text, place };
  throw new InputError(
    "it is neither a template nor a list of templates with a default",
    place,
    'name one of the templates "default"',
  );
}
